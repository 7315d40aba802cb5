import { BACKEND_CA } from '../annotation-names.ts';
import { canonicalHost } from '../host.ts';
import { certificatesIn } from '../pem.ts';
import type { AnnotationReader } from './annotation-reader.ts';

export const BACKEND_ANNOTATIONS = [
  'backend-protocol',
  'proxy-ssl-name',
  'proxy-ssl-secret',
  'proxy-ssl-server-name',
  'proxy-ssl-verify',
] as const;

/** What annotations say of the connections to pods; what hangs on a Service or a Secret is not settled yet. */
export type WrittenBackend =
  | { readonly kind: 'h2c' }
  | { readonly kind: 'tls'; readonly http: 1 | 2; readonly tls: WrittenTls }
  /** Something in it cannot be had: plain HTTP in its place could show to others what was to be hidden from them. */
  | { readonly kind: 'unusable' };

export type WrittenTls = {
  readonly verify: boolean;
  /** PEM, from the annotation; null: what the Secret says. */
  readonly ca: string | null;
  /** Null: that of the Service. */
  readonly serverName: string | null;
  readonly sendsName: boolean;
  readonly secret: WrittenSecret | null;
};

/** `namespace`: null for the Ingress' own. */
export type WrittenSecret = { readonly namespace: string | null; readonly name: string };

type Protocol = 'http' | 'h2c' | 'https' | 'grpcs';

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  HTTP: 'http',
  HTTPS: 'https',
  H2C: 'h2c',
  GRPC: 'h2c',
  GRPCS: 'grpcs',
};

/** ingress-nginx takes them; each has its reason not to be taken here. */
const REFUSED: Readonly<Record<string, string>> = {
  AUTO_HTTP:
    'would leave it to each request whether pods are spoken to with TLS; write "HTTP" or "HTTPS", whichever the pods speak.',
  FCGI: 'is FastCGI, which is not spoken here; put an HTTP server in front of it in the pod.',
};

/** The case does not count and white space around it neither, as in ingress-nginx; undefined: no such protocol. */
const protocolAt = (reader: AnnotationReader): Protocol | undefined => {
  const name = (reader.text('backend-protocol') ?? 'HTTP').trim().toUpperCase();
  const protocol = Object.hasOwn(PROTOCOLS, name) ? PROTOCOLS[name] : undefined;
  if (protocol === undefined)
    reader.refuse(
      'backend-protocol',
      Object.hasOwn(REFUSED, name)
        ? (REFUSED[name] ?? '')
        : 'must be "HTTP", "HTTPS", "GRPC", "GRPCS" or "H2C".',
    );
  return protocol;
};

/** ingress-nginx writes these two with other words than its other switches. */
const isOn = (name: string, reader: AnnotationReader): boolean => {
  const text = reader.text(name);
  if (text !== undefined && text !== 'on' && text !== 'off') reader.refuse(name, 'must be "on" or "off".');
  return text !== 'off';
};

const serverNameAt = (reader: AnnotationReader): string | null => {
  const text = reader.text('proxy-ssl-name');
  if (text === undefined) return null;
  const name = canonicalHost(text);
  if (name !== undefined && !name.startsWith('*.')) return name;
  reader.refuse(
    'proxy-ssl-name',
    'must be the host name in the certificate of the pods, such as "cart.shop.svc".',
  );
  return null;
};

const secretAt = (reader: AnnotationReader): WrittenSecret | null => {
  const text = reader.text('proxy-ssl-secret');
  if (text === undefined) return null;
  const [, namespace = null, name] = /^(?:([a-z0-9-]+)\/)?([a-z0-9.-]+)$/.exec(text) ?? [];
  if (name !== undefined) return { namespace, name };
  reader.refuse(
    'proxy-ssl-secret',
    'must be the name of a Secret in the Ingress\' own namespace, alone or behind "<namespace>/".',
  );
  return null;
};

const authoritiesAt = (reader: AnnotationReader): string | null => {
  const text = reader.text(BACKEND_CA);
  if (text === undefined) return null;
  const certificates = certificatesIn(text);
  if (certificates !== undefined) return certificates;
  reader.refuse(
    BACKEND_CA,
    'must be one or more certificates in PEM, "-----BEGIN CERTIFICATE-----" and so on.',
  );
  return null;
};

/** Null: plain HTTP/1.1, as for most. What is said of TLS is checked all the same. */
export const readBackend = (reader: AnnotationReader): WrittenBackend | null => {
  const protocol = protocolAt(reader);
  const before = reader.problems.length;
  const tls: WrittenTls = {
    verify: isOn('proxy-ssl-verify', reader),
    ca: authoritiesAt(reader),
    serverName: serverNameAt(reader),
    sendsName: isOn('proxy-ssl-server-name', reader),
    secret: secretAt(reader),
  };
  switch (protocol) {
    case undefined:
      return { kind: 'unusable' };
    case 'http':
      return null;
    case 'h2c':
      return { kind: 'h2c' };
    case 'https':
    case 'grpcs':
      // A wrong guess at what was meant would trust whom nobody trusts.
      if (reader.problems.length > before) return { kind: 'unusable' };
      return { kind: 'tls', http: protocol === 'https' ? 1 : 2, tls };
    default:
      return protocol satisfies never;
  }
};
