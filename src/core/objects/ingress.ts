import type { Metadata } from './metadata.ts';

export type PathType = 'Exact' | 'Prefix' | 'ImplementationSpecific';

/** One Ingress, whatever API version it was written in (extensions/v1beta1, networking.k8s.io/v1beta1 and v1). */
export type Ingress = {
  readonly kind: 'Ingress';
  readonly metadata: Metadata;
  readonly className: string | null;
  readonly defaultBackend: Backend | null;
  readonly rules: readonly IngressRule[];
  readonly tls: readonly { readonly hosts: readonly string[]; readonly secretName: string | null }[];
  /** How fields are named in the version that its author wrote, so that messages point at their own text. */
  readonly dialect: 'v1' | 'v1beta1';
};

/** Index in the list = index in the written object. */
export type IngressRule = {
  /** As stored: a host, a host key, or the empty string for all hosts. */
  readonly host: string;
  readonly paths: readonly IngressPath[];
};

export type IngressPath = {
  /** As written; the empty string where the field is missing. */
  readonly path: string;
  readonly pathType: PathType;
  readonly backend: Backend;
};

export type Backend =
  | { readonly kind: 'service'; readonly name: string; readonly port: number | string }
  | { readonly kind: 'resource'; readonly description: string };
