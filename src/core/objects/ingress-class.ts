import type { Metadata } from './metadata.ts';

/** networking.k8s.io IngressClass; `metadata.namespace` is the empty string. */
export type IngressClass = {
  readonly kind: 'IngressClass';
  readonly metadata: Metadata;
  readonly controller: string;
};
