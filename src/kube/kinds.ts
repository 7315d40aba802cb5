import type { ConfigMap } from '../core/objects/config-map.ts';
import type { EndpointSlice } from '../core/objects/endpoint-slice.ts';
import type { Ingress } from '../core/objects/ingress.ts';
import type { IngressClass } from '../core/objects/ingress-class.ts';
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
import type { Kind } from './kind.ts';

export const INGRESS: Kind<Ingress> = {
  name: 'Ingress',
  plural: 'ingresses',
  scope: 'namespaced',
  // 1.19 and later serve v1; extensions/v1beta1 holds the same objects, so nobody needs to read it.
  apiVersions: ['networking.k8s.io/v1', 'networking.k8s.io/v1beta1'],
  parse: value => parseIngress(value),
};

export const INGRESS_CLASS: Kind<IngressClass> = {
  name: 'IngressClass',
  plural: 'ingressclasses',
  scope: 'cluster',
  apiVersions: INGRESS_CLASS_API_VERSIONS,
  parse: value => parseIngressClass(value),
};

export const SERVICE: Kind<Service> = {
  name: 'Service',
  plural: 'services',
  scope: 'namespaced',
  apiVersions: SERVICE_API_VERSIONS,
  parse: value => parseService(value),
};

export const ENDPOINT_SLICE: Kind<EndpointSlice> = {
  name: 'EndpointSlice',
  plural: 'endpointslices',
  scope: 'namespaced',
  apiVersions: ENDPOINT_SLICE_API_VERSIONS,
  parse: value => parseEndpointSlice(value),
};

export const POD: Kind<Pod> = {
  name: 'Pod',
  plural: 'pods',
  scope: 'namespaced',
  apiVersions: POD_API_VERSIONS,
  parse: value => parsePod(value),
};

export const NAMESPACE: Kind<Namespace> = {
  name: 'Namespace',
  plural: 'namespaces',
  scope: 'cluster',
  apiVersions: NAMESPACE_API_VERSIONS,
  parse: value => parseNamespace(value),
};

export const CONFIG_MAP: Kind<ConfigMap> = {
  name: 'ConfigMap',
  plural: 'configmaps',
  scope: 'namespaced',
  apiVersions: CONFIG_MAP_API_VERSIONS,
  parse: value => parseConfigMap(value),
};

export const SECRET: Kind<Secret> = {
  name: 'Secret',
  plural: 'secrets',
  scope: 'namespaced',
  apiVersions: SECRET_API_VERSIONS,
  parse: value => parseSecret(value),
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
