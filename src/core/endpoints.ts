import { isIP } from 'node:net';
import { addressFault, canonicalAddress } from './endpoint-address.ts';
import type { ObjectIndex } from './object-index.ts';
import type { EndpointSlice, SliceEndpoint } from './objects/endpoint-slice.ts';
import { type Metadata, objectName } from './objects/metadata.ts';
import type { Pod } from './objects/pod.ts';
import type { Service, ServicePort } from './objects/service.ts';
import type { Report } from './report.ts';

export type EndpointOptions = {
  /** Standalone only: in a cluster 127.0.0.1 is the router itself. */
  readonly allowLoopback: boolean;
  /** Cluster: who may write EndpointSlices may otherwise lead the router anywhere (CVE-2021-25740). */
  readonly requirePodTargetRef: boolean;
};

/** On a Namespace, `"true"`: its EndpointSlices may lead to addresses that are no Pods' of it (DESIGN 6). */
export const ALLOW_ENDPOINTS = 'sluice.dev/allow-endpoints';

/** One endpoint of one Service port. */
export type EndpointCandidate = {
  /** Of the Pod where it is known, else of address and port: one endpoint has one, whatever slice it stands in. */
  readonly identity: string;
  readonly address: string;
  readonly port: number;
  /** Name of the Pod where it is known. */
  readonly pod: string | null;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
};

export type ServiceEndpoints = {
  /** Sorted by address, then port; one for each identity. */
  readonly candidates: readonly EndpointCandidate[];
  readonly reports: readonly Report[];
};

const podIdentity = ({ uid, namespace, name }: Pick<Metadata, 'uid' | 'namespace' | 'name'>): string =>
  uid === null ? `pod ${namespace}/${name}` : `uid ${uid}`;

/** Identity of an address and port, whoever is behind it. */
export const addressIdentity = (address: string, port: number): string => `address ${address} ${port}`;

/** The Pod that an endpoint speaks of, or null. Pods from files have no uid, so there the name decides. */
export const targetIdentity = (index: ObjectIndex, { targetRef }: SliceEndpoint): string | null => {
  if (targetRef === null) return null;
  const known = targetRef.kind === 'Pod' ? index.pods.get(objectName(targetRef)) : undefined;
  if (known !== undefined && (known.metadata.uid === null || targetRef.uid === null))
    return podIdentity(known.metadata);
  if (targetRef.uid === null && (targetRef.kind !== 'Pod' || targetRef.name === '')) return null;
  return podIdentity(targetRef);
};

/** Ports that the endpoints of a Service port have on a Pod: a name is resolved by the Pod's containers. */
const podPort = (pod: Pod, { targetPort, protocol }: ServicePort): number | undefined =>
  typeof targetPort === 'number'
    ? targetPort
    : pod.containerPorts.find(port => port.name === targetPort && port.protocol === protocol)?.port;

const sliceEndpointFault = (
  { targetRef }: SliceEndpoint,
  address: string,
  slice: EndpointSlice,
  policy: Policy,
): string | null => {
  const fault = addressFault(address);
  if (fault !== null && !(fault === 'loopback' && policy.allowLoopback)) return `address is ${fault}`;
  const { namespace } = slice.metadata;
  if (!policy.requirePodTargetRef || (targetRef?.kind === 'Pod' && targetRef.namespace === namespace))
    return null;
  return `has no targetRef to a Pod of this namespace; annotate the Namespace with ${ALLOW_ENDPOINTS}: "true" if that is meant`;
};

type Policy = EndpointOptions;

const policyOf = (index: ObjectIndex, namespace: string, options: EndpointOptions): Policy => {
  const allowed = index.namespaces.get(namespace)?.metadata.annotations[ALLOW_ENDPOINTS] === 'true';
  return { ...options, requirePodTargetRef: options.requirePodTargetRef && !allowed };
};

/** What was refused of one object, told once: a slice of 1,000 bad endpoints is one Event. */
class Refusals {
  readonly #reasons = new Map<string, { readonly address: string; count: number }>();

  add(reason: string, address: string): void {
    const known = this.#reasons.get(reason);
    if (known === undefined) this.#reasons.set(reason, { address, count: 1 });
    else known.count += 1;
  }

  reports(kind: 'EndpointSlice' | 'Pod', { namespace, name }: Metadata): readonly Report[] {
    return [...this.#reasons].map(([reason, { address, count }]) => ({
      reason: 'EndpointRefused',
      object: { kind, namespace, name },
      message: `no request is led to ${address.slice(0, 80)}${count > 1 ? ` and ${count - 1} more` : ''}: ${reason}.`,
    }));
  }
}

const sliceCandidates = (
  slice: EndpointSlice,
  port: ServicePort,
  world: { readonly index: ObjectIndex; readonly policy: Policy },
): ServiceEndpoints => {
  const ports = slice.ports.filter(({ name, protocol }) => name === port.name && protocol === port.protocol);
  const candidates: EndpointCandidate[] = [];
  const refusals = new Refusals();
  for (const endpoint of slice.endpoints) {
    // "No semantics are defined for additional addresses beyond the first" (discovery/v1).
    const [written] = endpoint.addresses;
    if (written === undefined) continue;
    const fault = sliceEndpointFault(endpoint, written, slice, world.policy);
    if (fault !== null) {
      refusals.add(fault, written);
      continue;
    }
    const address = canonicalAddress(written);
    const { ready, serving, terminating, targetRef } = endpoint;
    const pod = targetRef?.kind === 'Pod' && targetRef.name !== '' ? targetRef.name : null;
    for (const { port: number } of ports) {
      const identity = targetIdentity(world.index, endpoint) ?? addressIdentity(address, number);
      candidates.push({ identity, address, port: number, pod, ready, serving, terminating });
    }
  }
  return { candidates, reports: refusals.reports('EndpointSlice', slice.metadata) };
};

/** First address of the family; else the first of all. */
const podAddress = (pod: Pod, family: number): string | undefined =>
  pod.ips.find(ip => isIP(ip) === family) ?? pod.ips[0];

const podCandidates = (
  pod: Pod,
  port: ServicePort,
  wants: { family: number; policy: Policy },
): ServiceEndpoints => {
  const written = podAddress(pod, wants.family);
  const number = podPort(pod, port);
  if (written === undefined || number === undefined) return { candidates: [], reports: [] };
  const fault = addressFault(written);
  if (fault !== null && !(fault === 'loopback' && wants.policy.allowLoopback)) {
    const refusals = new Refusals();
    refusals.add(`address is ${fault}`, written);
    return { candidates: [], reports: refusals.reports('Pod', pod.metadata) };
  }
  const { ready, serving, metadata } = pod;
  const candidate = {
    identity: podIdentity(metadata),
    address: canonicalAddress(written),
    port: number,
    pod: metadata.name,
    ready,
    serving,
    terminating: metadata.deleting,
  };
  return { candidates: [candidate], reports: [] };
};

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Down to the identity: of two Pods on one address (a host's network) always the same one is told. */
const compareEndpoints = (a: EndpointCandidate, b: EndpointCandidate): number =>
  compareText(a.address, b.address) || a.port - b.port || compareText(a.identity, b.identity);

/** The better of two sights of one endpoint: of the wanted family, then ready, then serving, then by address. */
const preferred =
  (family: number) =>
  (a: EndpointCandidate, b: EndpointCandidate): number =>
    Number(isIP(b.address) === family) - Number(isIP(a.address) === family) ||
    Number(b.ready) - Number(a.ready) ||
    Number(b.serving) - Number(a.serving) ||
    Number(a.terminating) - Number(b.terminating) ||
    compareEndpoints(a, b);

/** Each identity once. What has no Pod cannot be told from its twin of the other family, which is left out if the wanted one is there. */
const onePerIdentity = (
  candidates: readonly EndpointCandidate[],
  family: number,
): readonly EndpointCandidate[] => {
  const hasFamily = candidates.some(({ address }) => isIP(address) === family);
  const byIdentity = new Map<string, EndpointCandidate>();
  for (const candidate of [...candidates].sort(preferred(family))) {
    const twin = hasFamily && candidate.identity.startsWith('address ') && isIP(candidate.address) !== family;
    if (!twin && !byIdentity.has(candidate.identity)) byIdentity.set(candidate.identity, candidate);
  }
  return [...byIdentity.values()].sort(compareEndpoints);
};

/** A Service's port by number or name. Requests go over TCP, so no other protocol's port is one. */
export const servicePort = (service: Service, port: number | string): ServicePort | undefined =>
  service.ports.find(
    ({ port: number, name, protocol }) =>
      protocol === 'TCP' && (typeof port === 'number' ? number === port : name === port && name !== ''),
  );

/**
 * The endpoints of one Service port (DESIGN 6 and 7): those of its EndpointSlices, and of its selected Pods
 * those that no slice names. In a cluster the slices name all; files often hold the Pods alone. What a slice
 * says of a Pod beats the Pod's own status, since it is what the cluster goes by.
 */
export const serviceEndpoints = (
  index: ObjectIndex,
  { service, port }: { readonly service: Service; readonly port: ServicePort },
  options: EndpointOptions,
): ServiceEndpoints => {
  const family = service.ipFamilies[0] === 'IPv6' ? 6 : 4;
  const policy = policyOf(index, service.metadata.namespace, options);
  const slices = index.slicesOf(objectName(service.metadata));
  const named = new Set(
    slices.flatMap(slice => slice.endpoints.map(endpoint => targetIdentity(index, endpoint))),
  );
  const pods = index.selectedPods(service).filter(pod => !named.has(podIdentity(pod.metadata)));
  const parts = [
    ...slices.map(slice => sliceCandidates(slice, port, { index, policy })),
    ...pods.map(pod => podCandidates(pod, port, { family, policy })),
  ];
  return {
    candidates: onePerIdentity(
      parts.flatMap(part => part.candidates),
      family,
    ),
    reports: parts.flatMap(part => part.reports),
  };
};

const podKeys = (pod: Pod, ports: readonly ServicePort[]): readonly string[] => {
  const numbers = ports.flatMap(port => podPort(pod, port) ?? []);
  const addresses = pod.ips.map(canonicalAddress);
  return [
    podIdentity(pod.metadata),
    ...addresses.flatMap(address => numbers.map(number => addressIdentity(address, number))),
  ];
};

/**
 * Whatever tells an endpoint of a Service, ready or not and over all of its ports: the Pod, and each address
 * with each port. Both, because one Service's slice may name the Pod where the other's does not; an edge pod
 * must not get through as stable for that.
 */
export const memberIdentities = (index: ObjectIndex, service: Service): ReadonlySet<string> => {
  const members = new Set<string>();
  for (const slice of index.slicesOf(objectName(service.metadata))) {
    for (const endpoint of slice.endpoints) {
      const identity = targetIdentity(index, endpoint);
      if (identity !== null) members.add(identity);
      for (const address of endpoint.addresses) {
        for (const { port } of slice.ports) members.add(addressIdentity(canonicalAddress(address), port));
      }
    }
  }
  for (const pod of index.selectedPods(service)) {
    for (const key of podKeys(pod, service.ports)) members.add(key);
  }
  return members;
};
