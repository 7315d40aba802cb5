import type { KeyedCertificate } from '../../certs/authority.ts';
import type { Metadata } from '../../src/core/objects/metadata.ts';
import type { Secret } from '../../src/core/objects/secret.ts';
import { NOW_MS, selfSigned } from './certificates.ts';
import { metadata } from './kubernetes-objects.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A certificate of 90 days from now for these names, signed by itself. */
export const certificateFor = (...names: readonly string[]): KeyedCertificate => selfSigned(names, NOW_MS);

/** A Secret as cert-manager writes it. */
export const tlsSecret = (
  name: string,
  { certificate, key }: KeyedCertificate,
  {
    type = 'kubernetes.io/tls',
    ...parts
  }: Partial<Pick<Metadata, 'namespace'>> & { readonly type?: string } = {},
): Secret => ({
  kind: 'Secret',
  metadata: metadata(name, parts),
  type,
  data: { 'tls.crt': base64(certificate), 'tls.key': base64(key) },
});
