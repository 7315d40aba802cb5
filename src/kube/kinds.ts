import type { ConfigMap } from '../core/objects/config-map.ts';
import type { EndpointSlice } from '../core/objects/endpoint-slice.ts';
import type { Ingress } from '../core/objects/ingress.ts';
import type { IngressClass } from '../core/objects/ingress-class.ts';
import type { Metadata } from '../core/objects/metadata.ts';
import type { Namespace } from '../core/objects/namespace.ts';
import { CONFIG_MAP_API_VERSIONS, parseConfigMap } from '../core/objects/parse-config-map.ts';
import { ENDPOINT_SLICE_API_VERSIONS, parseEndpointSlice } from '../core/objects/parse-endpoint-slice.ts';
import { parseIngress } from '../core/objects/parse-ingress.ts';
import { INGRESS_CLASS_API_VERSIONS, parseIngressClass } from '../core/objects/parse-ingress-class.ts';
import { NAMESPACE_API_VERSIONS, parseNamespace } from '../core/objects/parse-namespace.ts';
import { POD_API_VERSIONS, parsePod } from '../core/objects/parse-pod.ts';
import { parseSecret, SECRET_API_VERSIONS } from '../core/objects/parse-secret.ts';
import { parseService, SERVICE_API_VERSIONS } from '../core/objects/parse-service.ts';
import {
  parseWebhookConfiguration,
  WEBHOOK_CONFIGURATION_API_VERSIONS,
} from '../core/objects/parse-webhook-configuration.ts';
import type { Pod } from '../core/objects/pod.ts';
import type { Secret } from '../core/objects/secret.ts';
import type { Service } from '../core/objects/service.ts';
import type { WebhookConfiguration } from '../core/objects/webhook-configuration.ts';
import { ok, type Result } from '../core/problem.ts';
import type { Kind } from './kind.ts';

/** kubectl's own note: the whole object once more. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

const NOTHING: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

const withoutNote = (metadata: Metadata): Metadata => {
  if (metadata.annotations[LAST_APPLIED] === undefined) return metadata;
  const annotations: Record<string, string> = Object.assign(Object.create(null), metadata.annotations);
  delete annotations[LAST_APPLIED];
  return { ...metadata, annotations };
};

/** Nobody reads more of these than the Service that they name, and they are the most. */
const bare = (metadata: Metadata): Metadata => ({ ...metadata, labels: NOTHING, annotations: NOTHING });

/** Leaves out what takes memory and is never read; a change of it alone is then no change either. */
const leaner = <T>(parsed: Result<T>, lean: (object: T) => T): Result<T> =>
  parsed.ok ? ok(lean(parsed.value)) : parsed;

export const INGRESS: Kind<Ingress> = {
  name: 'Ingress',
  plural: 'ingresses',
  scope: 'namespaced',
  // 1.19 and later serve v1; extensions/v1beta1 holds the same objects, so nobody needs to read it.
  apiVersions: ['networking.k8s.io/v1', 'networking.k8s.io/v1beta1'],
  parse: value =>
    leaner(parseIngress(value), object => ({ ...object, metadata: withoutNote(object.metadata) })),
};

export const INGRESS_CLASS: Kind<IngressClass> = {
  name: 'IngressClass',
  plural: 'ingressclasses',
  scope: 'cluster',
  apiVersions: INGRESS_CLASS_API_VERSIONS,
  parse: value =>
    leaner(parseIngressClass(value), object => ({ ...object, metadata: withoutNote(object.metadata) })),
};

export const SERVICE: Kind<Service> = {
  name: 'Service',
  plural: 'services',
  scope: 'namespaced',
  apiVersions: SERVICE_API_VERSIONS,
  parse: value =>
    leaner(parseService(value), object => ({ ...object, metadata: withoutNote(object.metadata) })),
};

export const ENDPOINT_SLICE: Kind<EndpointSlice> = {
  name: 'EndpointSlice',
  plural: 'endpointslices',
  scope: 'namespaced',
  apiVersions: ENDPOINT_SLICE_API_VERSIONS,
  parse: value =>
    leaner(parseEndpointSlice(value), object => ({ ...object, metadata: bare(object.metadata) })),
};

export const POD: Kind<Pod> = {
  name: 'Pod',
  plural: 'pods',
  scope: 'namespaced',
  apiVersions: POD_API_VERSIONS,
  parse: value => leaner(parsePod(value), object => ({ ...object, metadata: withoutNote(object.metadata) })),
};

export const NAMESPACE: Kind<Namespace> = {
  name: 'Namespace',
  plural: 'namespaces',
  scope: 'cluster',
  apiVersions: NAMESPACE_API_VERSIONS,
  parse: value =>
    leaner(parseNamespace(value), object => ({ ...object, metadata: withoutNote(object.metadata) })),
};

export const CONFIG_MAP: Kind<ConfigMap> = {
  name: 'ConfigMap',
  plural: 'configmaps',
  scope: 'namespaced',
  apiVersions: CONFIG_MAP_API_VERSIONS,
  parse: value =>
    leaner(parseConfigMap(value), object => ({ ...object, metadata: withoutNote(object.metadata) })),
};

export const SECRET: Kind<Secret> = {
  name: 'Secret',
  plural: 'secrets',
  scope: 'namespaced',
  apiVersions: SECRET_API_VERSIONS,
  parse: value =>
    leaner(parseSecret(value), object => ({ ...object, metadata: withoutNote(object.metadata) })),
};

export const MUTATING_WEBHOOKS: Kind<WebhookConfiguration> = {
  name: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  scope: 'cluster',
  apiVersions: WEBHOOK_CONFIGURATION_API_VERSIONS,
  parse: value => parseWebhookConfiguration('MutatingWebhookConfiguration', value),
};

export const VALIDATING_WEBHOOKS: Kind<WebhookConfiguration> = {
  name: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  scope: 'cluster',
  apiVersions: WEBHOOK_CONFIGURATION_API_VERSIONS,
  parse: value => parseWebhookConfiguration('ValidatingWebhookConfiguration', value),
};
