import { createPrivateKey, X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

const parsed = (pem: string): X509Certificate | undefined => {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
};

/** The certificates in a PEM text, one below the other and nothing else; undefined where there is none, or one is broken. */
export const certificatesIn = (text: string): string | undefined => {
  const blocks = text.match(CERTIFICATE) ?? [];
  const isWhole = blocks.length > 0 && blocks.every(block => parsed(block) !== undefined);
  return isWhole ? `${blocks.join('\n')}\n` : undefined;
};

/** True where `key` is the private key, without a passphrase, of the first certificate of `chain`. */
export const isKeyOf = (key: string, chain: string): boolean => {
  try {
    return parsed(chain)?.checkPrivateKey(createPrivateKey(key)) === true;
  } catch {
    return false;
  }
};
