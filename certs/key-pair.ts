import { generateKeyPairSync, type KeyObject } from 'node:crypto';

export type KeyPair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

/** A new ECDSA P-256 pair: 0.2 ms, where RSA of the same strength takes 0.7 s (ADR 0018). */
export const newKeyPair = (): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** PKCS#8 in PEM, the form of `tls.key` in a Secret. */
export const privateKeyPem = (key: KeyObject): string =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString();
