import type { EndpointSlice, SliceEndpoint } from '../../src/core/objects/endpoint-slice.ts';
import type { Metadata } from '../../src/core/objects/metadata.ts';
import type { Namespace } from '../../src/core/objects/namespace.ts';
import type { Pod } from '../../src/core/objects/pod.ts';
import type { Service, ServicePort } from '../../src/core/objects/service.ts';

/** Objects in our own types, with what a test does not name left at its plainest. */
export const metadata = (name: string, parts: Partial<Metadata> = {}): Metadata => ({
  namespace: 'shop',
  name,
  uid: null,
  labels: {},
  annotations: {},
  createdMs: null,
  deleting: false,
  file: '',
  fileOrder: 0,
  ...parts,
});

export const tcpPort = (port: number, parts: Partial<ServicePort> = {}): ServicePort => ({
  name: '',
  port,
  protocol: 'TCP',
  targetPort: port,
  appProtocol: null,
  ...parts,
});

export const service = (
  name: string,
  parts: Partial<Omit<Service, 'kind' | 'metadata'>> & { readonly metadata?: Partial<Metadata> } = {},
): Service => ({
  kind: 'Service',
  type: 'ClusterIP',
  selector: { app: name },
  ports: [tcpPort(80)],
  ipFamilies: [],
  ...parts,
  metadata: metadata(name, parts.metadata),
});

export const pod = (
  name: string,
  parts: Partial<Omit<Pod, 'kind' | 'metadata'>> & { readonly metadata?: Partial<Metadata> } = {},
): Pod => ({
  kind: 'Pod',
  ips: ['10.0.0.1'],
  ready: true,
  serving: true,
  finished: false,
  containerPorts: [],
  ...parts,
  metadata: metadata(name, parts.metadata),
});

export const podRef = (
  name: string,
  uid: string | null = null,
  namespace = 'shop',
): SliceEndpoint['targetRef'] => ({
  kind: 'Pod',
  namespace,
  name,
  uid,
});

export const sliceEndpoint = (address: string, parts: Partial<SliceEndpoint> = {}): SliceEndpoint => ({
  addresses: [address],
  ready: true,
  serving: true,
  terminating: false,
  targetRef: null,
  ...parts,
});

export const slice = (
  ofService: string,
  endpoints: readonly SliceEndpoint[],
  parts: Partial<Omit<EndpointSlice, 'kind' | 'metadata'>> & { readonly metadata?: Partial<Metadata> } = {},
): EndpointSlice => ({
  kind: 'EndpointSlice',
  service: ofService,
  addressType: 'IPv4',
  ports: [{ name: '', port: 80, protocol: 'TCP' }],
  endpoints,
  ...parts,
  metadata: metadata(`${ofService}-slice`, parts.metadata),
});

export const namespace = (name: string, annotations: Readonly<Record<string, string>> = {}): Namespace => ({
  kind: 'Namespace',
  metadata: metadata(name, { namespace: '', annotations }),
});
