import {
  addressIdentity,
  type EndpointCandidate,
  type EndpointOptions,
  memberIdentities,
  serviceEndpoints,
  servicePort,
} from './endpoints.ts';
import type { ObjectIndex } from './object-index.ts';
import { objectName } from './objects/metadata.ts';
import type { Service } from './objects/service.ts';
import type { Report, ReportReason } from './report.ts';
import type { PoolEndpoint, PoolPlan } from './route-plan.ts';

/** A Service port as a route leads to it. */
export type PoolRequest = {
  readonly id: string;
  readonly namespace: string;
  readonly service: string;
  readonly port: number | string;
  readonly role: 'stable' | 'edge';
};

export type PoolResult = { readonly pool: PoolPlan; readonly reports: readonly Report[] };

/**
 * The request for a pool; its id is `namespace/service:port`, with `#edge` for an edge. A Service may be one
 * route's edge and another's own backend, where other endpoints count: two pools, two ids.
 */
export const poolRequest = (place: Omit<PoolRequest, 'id'>): PoolRequest => ({
  id: `${place.namespace}/${place.service}:${place.port}${place.role === 'edge' ? '#edge' : ''}`,
  ...place,
});

const report = ({ namespace, service }: PoolRequest, reason: ReportReason, message: string): Report => ({
  reason,
  object: { kind: 'Service', namespace, name: service },
  message,
});

const portsInWords = (service: Service): string =>
  service.ports
    .map(
      ({ name, port, protocol }) =>
        `${port}${protocol === 'TCP' ? '' : `/${protocol}`}${name === '' ? '' : ` (${name})`}`,
    )
    .join(', ') || 'none';

const portMissing = (request: PoolRequest, service: Service): Report =>
  report(
    request,
    'ServicePortMissing',
    `has no TCP port ${request.port}, so requests to it get 503; its ports are: ${portsInWords(service)}. Name one of them, by number or name.`,
  );

const isMember = (members: ReadonlySet<string>, { identity, address, port }: EndpointCandidate): boolean =>
  members.has(identity) || members.has(addressIdentity(address, port));

/** What a pool is computed from. */
export type PoolWorld = {
  readonly index: ObjectIndex;
  /** All valid edge Services of the requested one, by name: what is in one of them is not stable. */
  readonly edges: readonly string[];
  readonly options: EndpointOptions;
};

type StableMinusEdge = {
  readonly candidates: readonly EndpointCandidate[];
  readonly reports: readonly Report[];
};

const withoutEdges = (
  { index, edges }: PoolWorld,
  request: PoolRequest,
  candidates: readonly EndpointCandidate[],
): StableMinusEdge => {
  if (request.role === 'edge') return { candidates, reports: [] };
  let left = candidates;
  const reports: Report[] = [];
  for (const name of edges) {
    const edge = index.services.get(objectName({ namespace: request.namespace, name }));
    if (edge === undefined) continue;
    const members = memberIdentities(index, edge);
    const shared = candidates.filter(candidate => isMember(members, candidate)).length;
    if (shared === 0) continue;
    left = left.filter(candidate => !isMember(members, candidate));
    const message = `its selector matches pods of ${name} too. Requests through Sluice do not meet them without a ticket, but callers of the Service inside the cluster do; give the stable pods a label of their own, such as track=stable, and add it to the selector.`;
    reports.push(report(request, 'StableSelectorMatchesEdge', message));
  }
  return { candidates: left, reports };
};

const planned = ({ id, role }: PoolRequest, candidates: readonly EndpointCandidate[]): PoolPlan => {
  const ready = candidates.filter(candidate => candidate.ready);
  if (ready.length > 0) return { id, state: 'ready', endpoints: poolEndpoints(ready) };
  const terminating = candidates.filter(candidate => candidate.serving && candidate.terminating);
  // An edge that is going away falls back to stable at once: there somebody is ready.
  if (role === 'edge' || terminating.length === 0) return { id, state: 'empty', endpoints: [] };
  return { id, state: 'terminating', endpoints: poolEndpoints(terminating) };
};

/** Unique by address and port: two Pods of a file may say the same. */
const poolEndpoints = (candidates: readonly EndpointCandidate[]): readonly PoolEndpoint[] => {
  const endpoints = new Map<string, PoolEndpoint>();
  for (const { address, port, pod } of candidates) {
    const key = addressIdentity(address, port);
    if (!endpoints.has(key)) endpoints.set(key, { address, port, pod });
  }
  return [...endpoints.values()];
};

const serviceFault = (request: PoolRequest, service: Service | undefined): Report | null => {
  if (service === undefined) {
    return report(
      request,
      'ServiceMissing',
      'is not there, so requests to it get 503; create it or change the rule.',
    );
  }
  if (service.type !== 'ExternalName') return null;
  return report(
    request,
    'ServiceExternalName',
    'is of type ExternalName, which Sluice does not route to; requests to it get 503.',
  );
};

/** The endpoints that a route leads to (DESIGN 6 "Stable minus edge", 7 "Backends"). */
export const poolOf = (request: PoolRequest, world: PoolWorld): PoolResult => {
  const { index, options } = world;
  const service = index.services.get(objectName({ namespace: request.namespace, name: request.service }));
  const fault = serviceFault(request, service);
  if (service === undefined || fault !== null) {
    // An edge Service that is not there yet is about to be made.
    const reports = fault === null || (service === undefined && request.role === 'edge') ? [] : [fault];
    return { pool: planned(request, []), reports };
  }
  const port = servicePort(service, request.port);
  if (port === undefined) return { pool: planned(request, []), reports: [portMissing(request, service)] };
  const own = serviceEndpoints(index, { service, port }, options);
  const { candidates, reports } = withoutEdges(world, request, own.candidates);
  return { pool: planned(request, candidates), reports: [...own.reports, ...reports] };
};
