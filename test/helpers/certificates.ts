import { randomBytes } from 'node:crypto';
import { type KeyedCertificate, type Mint, newAuthority, newSerial } from '../../certs/authority.ts';
import { derName, signedCertificate } from '../../certs/certificate-der.ts';
import { alternativeNames, leafConstraints, serverUsage } from '../../certs/certificate-extensions.ts';
import { issueServing } from '../../certs/issue.ts';
import { newKeyPair, privateKeyPem } from '../../certs/key-pair.ts';

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;

/** A moment in this program's past, whole seconds, so that real verifiers accept what is made around it. */
export const NOW_MS = Math.floor(Date.now() / 1000) * 1000;

export const NAMES = ['sluice-webhook.sluice-system.svc', '127.0.0.1'];

export const mintAt = (nowMs: number): Mint => ({ nowMs: () => nowMs, newKeyPair, randomBytes });

/** An authority of a year, made at that time. */
export const authorityAt = (nowMs: number): KeyedCertificate => newAuthority(mintAt(nowMs), 365 * DAY_MS);

/** A serving certificate of 90 days, made at that time. */
export const servingBy = (authority: KeyedCertificate, nowMs: number, names = NAMES): KeyedCertificate =>
  issueServing(authority, { names, lifetimeMs: 90 * DAY_MS }, mintAt(nowMs));

/** A serving certificate of 90 days that nobody but itself has signed. */
export const selfSigned = (names: readonly string[], nowMs: number): KeyedCertificate => {
  const { publicKey, privateKey } = newKeyPair();
  const name = derName('self-signed');
  const certificate = signedCertificate(
    {
      serial: newSerial(mintAt(nowMs)),
      issuer: name,
      subject: name,
      notBeforeMs: nowMs,
      notAfterMs: nowMs + 90 * DAY_MS,
      publicKey,
      extensions: [leafConstraints(), serverUsage(), alternativeNames(names)],
    },
    privateKey,
  );
  return { certificate, key: privateKeyPem(privateKey) };
};
