import type { BackendProtocol, BackendTls } from './backend-protocol.ts';
import type { IngressReading } from './ingress-reading.ts';
import type { Secret } from './objects/secret.ts';
import { certificatesIn, isKeyOf } from './pem.ts';
import type { WrittenSecret, WrittenTls } from './policies/backend-protocol.ts';
import type { SecretSource } from './secret-source.ts';

type Credentials = Pick<BackendTls, 'ca' | 'client'>;

export type FoundBackend =
  /** Null: HTTP/1.1 in clear. */
  | { readonly ok: true; readonly backend: BackendProtocol | null }
  /** `report`: what is wrong with which Secret; null where a problem of the Ingress says it already. */
  | { readonly ok: false; readonly report: string | null };

const NONE: Credentials = { ca: null, client: null };

const textOf = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');

/** As in ingress-nginx: `ca.crt` is who may sign for pods, `tls.crt` with `tls.key` what pods are shown. */
const credentialsIn = ({ data }: Secret, name: string): Credentials | string => {
  const { 'ca.crt': authorities, 'tls.crt': chain, 'tls.key': key } = data;
  if (authorities === undefined && (chain === undefined || key === undefined))
    return `Secret "${name}" has neither the key "ca.crt" nor both "tls.crt" and "tls.key"`;
  const ca = authorities === undefined ? null : certificatesIn(textOf(authorities));
  if (ca === undefined) return `"ca.crt" of Secret "${name}" is no certificate in PEM`;
  if (chain === undefined || key === undefined) return { ca, client: null };
  const client = { chain: certificatesIn(textOf(chain)) ?? '', key: textOf(key) };
  return isKeyOf(client.key, client.chain)
    ? { ca, client }
    : `"tls.crt" and "tls.key" of Secret "${name}" are no certificate and its key in PEM`;
};

const credentialsFor = (
  written: WrittenSecret | null,
  own: string,
  source: SecretSource,
): Credentials | string => {
  if (written === null) return NONE;
  const { namespace, name } = written;
  // Another namespace's keys are none of this one's business.
  if (namespace !== null && namespace !== own)
    return `proxy-ssl-secret names the namespace "${namespace}", which is another one`;
  // Nothing that comes of this is served.
  if (source.knownSecrets === 'none') return NONE;
  const secret = source.secret(own, name);
  if (secret !== undefined) return credentialsIn(secret, name);
  return source.knownSecrets === 'all'
    ? `Secret "${name}" does not exist`
    : `Secret "${name}" does not exist, or may not be read (docs/annotations.md#pods-that-speak-tls-http2-or-grpc says how)`;
};

const settled = (tls: WrittenTls, { ca, client }: Credentials, serverName: string): BackendTls => ({
  verify: tls.verify,
  ca: tls.verify ? (tls.ca ?? ca) : null,
  serverName: tls.serverName ?? serverName,
  sendsName: tls.sendsName,
  client,
});

/** How the pods of a Service are spoken to; what cannot be verified as it was asked for is not spoken to at all. */
export const findBackend = (
  { ingress, nginx }: IngressReading,
  service: string,
  source: SecretSource,
): FoundBackend => {
  const { backend } = nginx;
  if (backend === null || backend.kind === 'h2c') return { ok: true, backend };
  if (backend.kind === 'unusable') return { ok: false, report: null };
  const { namespace } = ingress.metadata;
  const credentials = credentialsFor(backend.tls.secret, namespace, source);
  if (typeof credentials === 'string') return { ok: false, report: credentials };
  const tls = settled(backend.tls, credentials, `${service}.${namespace}.svc`);
  return { ok: true, backend: { kind: 'tls', http: backend.http, tls } };
};
