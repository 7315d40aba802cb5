import type { X509Certificate } from 'node:crypto';
import type { KeyedCertificate } from './authority.ts';
import { bundleOf, certificatesIn } from './certificates-in.ts';
import type { SecretData } from './stores.ts';

/** The authority's Secret: who signs, and whose signatures are still trusted. */
export type AuthorityState = {
  readonly authority: KeyedCertificate | null;
  /** Authorities that signed before; their keys are gone. */
  readonly previous: readonly X509Certificate[];
};

const keyed = (data: SecretData, certificateKey: string, keyKey: string): KeyedCertificate | null => {
  const certificate = data[certificateKey] ?? '';
  const key = data[keyKey] ?? '';
  return certificate === '' && key === '' ? null : { certificate, key };
};

export const authorityState = (data: SecretData | null): AuthorityState => ({
  authority: data === null ? null : keyed(data, 'ca.crt', 'ca.key'),
  previous: certificatesIn(data?.['previous-ca.crt'] ?? ''),
});

export const authorityData = (
  authority: KeyedCertificate,
  previous: readonly X509Certificate[],
): SecretData => ({
  'ca.crt': authority.certificate,
  'ca.key': authority.key,
  ...(previous.length === 0 ? {} : { 'previous-ca.crt': bundleOf(previous) }),
});

/** The pair in a Secret of type kubernetes.io/tls, ours or cert-manager's; null where it has none. */
export const servingPair = (data: SecretData | null): KeyedCertificate | null =>
  data === null ? null : keyed(data, 'tls.crt', 'tls.key');

/** `ca.crt` is for people (`curl --cacert`); nothing here reads it. */
export const servingData = ({ certificate, key }: KeyedCertificate, authorityPem: string): SecretData => ({
  'tls.crt': certificate,
  'tls.key': key,
  'ca.crt': authorityPem,
});
