import type { BundleStore } from '../../../certs/stores.ts';
import { MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS } from '../../kube/kinds.ts';
import type { ObjectClient } from '../../kube/objects/object-client.ts';
import { bundleStore } from './bundle-store.ts';

/** The configuration by which Services are reviewed; an installation may do without it, as on Kubernetes 1.20. */
export const servicesConfiguration = (name: string): string => `${name}-services`;

/** The webhook configurations of an installation: both of Ingresses, and that of Services. */
export const webhookConfigurations = (client: ObjectClient, name: string): readonly BundleStore[] => [
  bundleStore(client, MUTATING_WEBHOOKS, name),
  bundleStore(client, VALIDATING_WEBHOOKS, name),
  bundleStore(client, VALIDATING_WEBHOOKS, servicesConfiguration(name)),
];
