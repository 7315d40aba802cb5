import type { Metadata } from './metadata.ts';

/** core/v1 Namespace; `metadata.namespace` is the empty string. */
export type Namespace = { readonly kind: 'Namespace'; readonly metadata: Metadata };
