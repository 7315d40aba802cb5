import { derName, signedCertificate } from './certificate-der.ts';
import { authorityConstraints, signingUsage, subjectKey } from './certificate-extensions.ts';
import { type KeyPair, privateKeyPem } from './key-pair.ts';
import { BACKDATE_MS } from './lifetimes.ts';

/** A certificate, perhaps with the chain behind it, and its private key; both PEM. */
export type KeyedCertificate = { readonly certificate: string; readonly key: string };

/** What making a certificate takes from the world. */
export type Mint = {
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  readonly newKeyPair: () => KeyPair;
  readonly randomBytes: (count: number) => Uint8Array;
};

/** 127 random bits, positive and of constant length (RFC 5280 4.1.2.2 allows 20 bytes). */
export const newSerial = ({ randomBytes }: Pick<Mint, 'randomBytes'>): Uint8Array => {
  const serial = Buffer.from(randomBytes(16));
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
};

/**
 * A new authority that signs itself. Its name carries its serial number, so that of two in one bundle no
 * verifier takes the wrong one by name.
 */
export const newAuthority = (mint: Mint, lifetimeMs: number): KeyedCertificate => {
  const { publicKey, privateKey } = mint.newKeyPair();
  const serial = newSerial(mint);
  const name = derName(`sluice webhook CA ${Buffer.from(serial.subarray(0, 8)).toString('hex')}`);
  const nowMs = mint.nowMs();
  const certificate = signedCertificate(
    {
      serial,
      issuer: name,
      subject: name,
      notBeforeMs: nowMs - BACKDATE_MS,
      notAfterMs: nowMs + lifetimeMs,
      publicKey,
      extensions: [authorityConstraints(), signingUsage(), subjectKey(publicKey)],
    },
    privateKey,
  );
  return { certificate, key: privateKeyPem(privateKey) };
};
