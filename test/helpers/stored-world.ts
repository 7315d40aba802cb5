import { hostKey } from '../../src/core/host-key.ts';
import { CONTROLLER_NAME } from '../../src/core/ingress-scope.ts';
import type { Backend, Ingress, IngressPath, IngressRule } from '../../src/core/objects/ingress.ts';
import type { Metadata } from '../../src/core/objects/metadata.ts';
import type { ObjectSnapshot } from '../../src/core/objects/objects.ts';
import type { Pod } from '../../src/core/objects/pod.ts';
import type { Service } from '../../src/core/objects/service.ts';
import { DEFAULT_ANNOTATION } from '../../src/core/service-config.ts';
import { EVERY_TCP_PORT } from '../../src/core/tcp-ports.ts';
import type { TranslateOptions } from '../../src/core/translate.ts';
import { metadata, pod, service } from './kubernetes-objects.ts';

/** Standalone's: every Ingress is ours, edge Services are there as soon as a serviceMap names them. */
export const WORLD_OPTIONS: TranslateOptions = {
  controllerName: CONTROLLER_NAME,
  classes: [],
  everyClass: true,
  annotation: DEFAULT_ANNOTATION,
  hostOwnership: 'claims',
  catchAllNamespaces: 'any',
  ...EVERY_TCP_PORT,
  endpoints: { allowLoopback: false, requirePodTargetRef: false },
  impliedEdgeServices: true,
};

export const backend = (name: string, port: number | string = 80): Backend => ({
  kind: 'service',
  name,
  port,
});

export const path = (
  text: string,
  serviceName: string,
  pathType: IngressPath['pathType'] = 'Prefix',
): IngressPath => ({
  path: text,
  pathType,
  backend: backend(serviceName),
});

export const rule = (host: string, ...paths: readonly IngressPath[]): IngressRule => ({ host, paths });

/** A service-config in our words: `hosts` by plain host. A string is taken as it is, for broken ones. */
export type WrittenConfig =
  | string
  | {
      readonly hosts?: Readonly<Record<string, readonly string[]>>;
      readonly tickets?: unknown;
      readonly serviceMap?: unknown;
      readonly onEmptyEdge?: unknown;
    };

const configText = (config: WrittenConfig): string => {
  if (typeof config === 'string') return config;
  const { hosts = {}, ...drainage } = config;
  const keyed = Object.entries(hosts).map(([host, domains]) => [hostKey(host), domains]);
  return JSON.stringify({ hosts: Object.fromEntries(keyed), drainage });
};

export type WrittenIngress = Partial<Omit<Ingress, 'kind' | 'metadata'>> &
  Partial<Pick<Metadata, 'namespace' | 'annotations' | 'createdMs' | 'fileOrder'>> & {
    readonly config?: WrittenConfig;
  };

/** An Ingress as it is stored: rules as given (write keys with `hostKey`), its service-config in the annotation. */
export const storedIngress = (name: string, written: WrittenIngress = {}): Ingress => {
  const { config, namespace = 'shop', annotations = {}, createdMs = null, fileOrder = 0, ...spec } = written;
  return {
    kind: 'Ingress',
    className: null,
    defaultBackend: null,
    rules: [],
    tls: [],
    dialect: 'v1',
    ...spec,
    metadata: metadata(name, {
      namespace,
      createdMs,
      fileOrder,
      annotations: {
        ...annotations,
        ...(config === undefined ? {} : { [DEFAULT_ANNOTATION]: configText(config) }),
      },
    }),
  };
};

export const snapshot = (parts: Partial<ObjectSnapshot> = {}): ObjectSnapshot => ({
  ingresses: [],
  services: [],
  pods: [],
  endpointSlices: [],
  namespaces: [],
  ingressClasses: [],
  secrets: [],
  ...parts,
});

/**
 * A Service that selects by `app` alone, as most do, and one ready pod for each address; the address of a
 * track is the pod's only difference but the label.
 */
export const application = (
  name: string,
  addresses: Readonly<Record<string, string>>,
  namespace = 'shop',
): { readonly services: readonly Service[]; readonly pods: readonly Pod[] } => ({
  services: [service(name, { selector: { app: name }, metadata: { namespace } })],
  pods: Object.entries(addresses).map(([track, address]) =>
    pod(`${name}-${track}`, {
      ips: [address],
      metadata: { namespace, labels: { app: name, ...(track === 'stable' ? {} : { track }) } },
    }),
  ),
});

/** Snapshots laid together. */
export const together = (...parts: readonly Partial<ObjectSnapshot>[]): ObjectSnapshot =>
  parts.reduce<ObjectSnapshot>((sum, part) => {
    const whole = snapshot(part);
    return {
      ingresses: [...sum.ingresses, ...whole.ingresses],
      services: [...sum.services, ...whole.services],
      pods: [...sum.pods, ...whole.pods],
      endpointSlices: [...sum.endpointSlices, ...whole.endpointSlices],
      namespaces: [...sum.namespaces, ...whole.namespaces],
      ingressClasses: [...sum.ingressClasses, ...whole.ingressClasses],
      secrets: [...sum.secrets, ...whole.secrets],
    };
  }, snapshot());
