import type { Result } from '../problem.ts';
import { parseFields } from './field-reader.ts';
import { readMetadata } from './read-metadata.ts';
import type { WebhookConfiguration } from './webhook-configuration.ts';

/** The API versions in which a webhook configuration is read; 1.16 and later serve it. */
export const WEBHOOK_CONFIGURATION_API_VERSIONS = ['admissionregistration.k8s.io/v1'] as const;

/** Reads an admissionregistration.k8s.io configuration of this kind. */
export const parseWebhookConfiguration = (
  kind: WebhookConfiguration['kind'],
  value: unknown,
): Result<WebhookConfiguration> =>
  parseFields(value, { kind, apiVersions: WEBHOOK_CONFIGURATION_API_VERSIONS }, fields => ({
    kind,
    metadata: readMetadata(fields, { scope: 'cluster', name: 'subdomain' }),
    webhooks: fields.children('webhooks').map(webhook => ({
      name: webhook.text('name'),
      caBundle: webhook.child('clientConfig').text('caBundle', ''),
    })),
  }));
