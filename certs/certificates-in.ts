import { X509Certificate } from 'node:crypto';

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Of one text. An API server's bundle holds a handful; whoever wrote more shall not keep us busy. */
const MAX_CERTIFICATES = 64;

const parsed = (block: string): X509Certificate | null => {
  try {
    return new X509Certificate(block);
  } catch {
    return null;
  }
};

/** The certificates in a PEM text; what is none is passed over, as an API server does with a caBundle. */
export const certificatesIn = (pem: string): readonly X509Certificate[] =>
  (pem.match(BLOCK) ?? []).slice(0, MAX_CERTIFICATES).flatMap(block => parsed(block) ?? []);

/** One PEM text of several certificates; each ends with a line end. */
export const bundleOf = (certificates: readonly X509Certificate[]): string =>
  certificates.map(certificate => certificate.toString()).join('');
