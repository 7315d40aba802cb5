import { type KeyedCertificate, type Mint, newSerial } from './authority.ts';
import { derName, signedCertificate } from './certificate-der.ts';
import { alternativeNames, handshakeUsage, leafConstraints, serverUsage } from './certificate-extensions.ts';
import { privateKeyPem } from './key-pair.ts';
import { BACKDATE_MS } from './lifetimes.ts';

export type SelfSignedWish = {
  readonly name: string;
  readonly names: readonly string[];
  readonly lifetimeMs: number;
};

/** A serving certificate that nobody but itself has signed: it encrypts, and proves nothing. */
export const newSelfSigned = ({ name, names, lifetimeMs }: SelfSignedWish, mint: Mint): KeyedCertificate => {
  const { publicKey, privateKey } = mint.newKeyPair();
  const subject = derName(name);
  const nowMs = mint.nowMs();
  const certificate = signedCertificate(
    {
      serial: newSerial(mint),
      issuer: subject,
      subject,
      notBeforeMs: nowMs - BACKDATE_MS,
      notAfterMs: nowMs + lifetimeMs,
      publicKey,
      extensions: [leafConstraints(), handshakeUsage(), serverUsage(), alternativeNames(names)],
    },
    privateKey,
  );
  return { certificate, key: privateKeyPem(privateKey) };
};
