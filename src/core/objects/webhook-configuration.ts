import type { Metadata } from './metadata.ts';

/** admissionregistration.k8s.io Mutating- or ValidatingWebhookConfiguration, as far as we read it. */
export type WebhookConfiguration = {
  readonly kind: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration';
  readonly metadata: Metadata;
  readonly webhooks: readonly {
    readonly name: string;
    /** Base64 of PEM; empty where there is none. */
    readonly caBundle: string;
  }[];
};
