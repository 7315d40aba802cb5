import { EDGE_OF_LABEL, type EdgeServiceSpec, edgeServiceSpec, readEdgeSelector } from './edge-service.ts';
import { implies, type Labels } from './label-selector.ts';
import { compareAge, type Metadata, objectName } from './objects/metadata.ts';
import type { Service } from './objects/service.ts';
import { type Report, type ReportReason, uniqueReports } from './report.ts';
import { DEFAULT_TRACK, isServiceName } from './service-map.ts';

/** Who has edges: an Ingress by its serviceMap, a Service on TCP ports by its own annotations. */
export type EdgeAsker = { readonly kind: 'Ingress' | 'Service'; readonly metadata: Metadata };

/** One entry of a stored serviceMap. */
export type EdgeMapping = {
  /** Who says so: its namespace is the Services', its age decides conflicts. */
  readonly asker: EdgeAsker;
  readonly stable: string;
  readonly track: string;
  readonly edge: string;
};

export type EdgeTrack = { readonly track: string; readonly edge: string };

/** Why a mapping cannot be: something that whoever asks for it has to change. */
export type EdgeRefusal = { readonly reason: ReportReason; readonly message: string };

/** What the stored serviceMaps ask for, and what of it is possible (DESIGN 6). */
export type EdgePlan = {
  /** The edge Services that should be there and are ours; sorted by namespace and name. */
  readonly services: readonly EdgeServiceSpec[];
  /** `namespace/stable` -> its valid edges, sorted: what the stable pool leaves out, and what tickets may lead to. */
  readonly edges: ReadonlyMap<string, readonly EdgeTrack[]>;
  /** By `mappingIdentity`: all that ask for the same are told the same. */
  readonly refusals: ReadonlyMap<string, EdgeRefusal>;
  /** About Services. */
  readonly reports: readonly Report[];
};

export type EdgePlanInput = {
  readonly services: readonly Service[];
  readonly mappings: readonly EdgeMapping[];
};

/** One text for all mappings that ask for the same. */
export const mappingIdentity = ({ asker, stable, track, edge }: EdgeMapping): string =>
  JSON.stringify([asker.metadata.namespace, stable, track, edge]);

type Owner = {
  readonly stable: string;
  readonly track: string;
  readonly managed: boolean;
  readonly asker: EdgeAsker;
};

type State = {
  readonly services: ReadonlyMap<string, Service>;
  readonly owners: Map<string, Owner>;
  /** Stable Services that have an edge, by `namespace/name`. */
  readonly stables: Set<string>;
  readonly specs: Map<string, EdgeServiceSpec>;
  readonly edges: Map<string, EdgeTrack[]>;
  readonly refusals: Map<string, EdgeRefusal>;
  readonly reports: Report[];
};

/** One mapping and what its names mean in its namespace. */
type Case = {
  readonly mapping: EdgeMapping;
  readonly stableKey: string;
  readonly edgeKey: string;
  readonly stable: Service | undefined;
  readonly existing: Service | undefined;
  readonly state: State;
};

const onService = ({ metadata }: Service, reason: ReportReason, message: string): Report => ({
  reason,
  object: { kind: 'Service', namespace: metadata.namespace, name: metadata.name },
  message,
});

const isEdge = (service: Service | undefined): boolean =>
  service !== undefined && Object.hasOwn(service.metadata.labels, EDGE_OF_LABEL);

/** What keeps a mapping from being: the fault of who asks for it, or a Service's. */
type Fault = { readonly refusal: EdgeRefusal } | { readonly report: Report };
type Check = (subject: Case) => Fault | null;

const onAsker = (reason: ReportReason, message: string): Fault => ({ refusal: { reason, message } });

const nameInvalid: Check = subject =>
  isServiceName(subject.mapping.edge)
    ? null
    : onAsker(
        'EdgeServiceInvalid',
        `${JSON.stringify(subject.mapping.edge.slice(0, 80))} is no Service name, so ${subject.mapping.stable} has no ${subject.mapping.track} track; use lower-case letters, digits and "-", at most 63.`,
      );

const stableMissing: Check = subject =>
  subject.stable !== undefined
    ? null
    : onAsker(
        'StableMissing',
        `the Service ${subject.mapping.stable} is not there, so it has no ${subject.mapping.track} track; create it or take it out of the rules.`,
      );

const edgeOfEdge: Check = subject => {
  const { mapping, stable, stableKey, edgeKey, state } = subject;
  if (mapping.edge === mapping.stable) {
    return onAsker(
      'EdgeOfEdge',
      `${mapping.stable} is named as its own edge; name another Service, such as ${mapping.stable}-edge.`,
    );
  }
  if (isEdge(stable) || state.owners.has(stableKey)) {
    return onAsker(
      'EdgeOfEdge',
      `${mapping.stable} is itself an edge Service and gets no edge of its own; traffic to it goes on as before.`,
    );
  }
  if (state.stables.has(edgeKey)) {
    return onAsker(
      'EdgeOfEdge',
      `${mapping.edge} is a stable Service with an edge of its own and cannot be the edge of ${mapping.stable}; name another Service.`,
    );
  }
  return null;
};

/** One edge name belongs to one stable Service; two tracks may share it only if we need not choose its selector. */
const nameTaken: Check = subject => {
  const { mapping, edgeKey, state } = subject;
  const owner = state.owners.get(edgeKey);
  if (owner === undefined) return null;
  if (owner.stable === mapping.stable && (owner.track === mapping.track || !owner.managed)) return null;
  return onAsker(
    'EdgeNameTaken',
    `${mapping.edge} is already the ${owner.track} Service of ${owner.stable} (${owner.asker.kind} ${objectName(owner.asker.metadata)} is older); give ${mapping.stable} an edge name of its own.`,
  );
};

/** True if a Service stands under the edge's name that we did not make. */
const isUnmanaged = ({ existing }: Case): boolean => existing !== undefined && !isEdge(existing);

const stableWithoutSelector: Check = subject => {
  const { stable, mapping } = subject;
  if (stable === undefined || isUnmanaged(subject)) return null;
  const advice = `create the Service ${mapping.edge} by hand`;
  if (stable.type === 'ExternalName') {
    const message = `is of type ExternalName, so no edge Service can be derived from it; ${advice}.`;
    return { report: onService(stable, 'StableExternalName', message) };
  }
  if (stable.selector === null) {
    const message = `has no selector, so no edge Service can be derived from it; ${advice}.`;
    return { report: onService(stable, 'StableSelectorless', message) };
  }
  return null;
};

const CHECKS: readonly Check[] = [nameInvalid, stableMissing, edgeOfEdge, nameTaken, stableWithoutSelector];

/** The edge selector, by default where the annotation is wrong (DESIGN 5: "its default and an Event"). */
const edgeSelector = (stable: Service, track: string, reports: Report[]): Labels => {
  const selector = readEdgeSelector(stable, track);
  if (selector.ok) return selector.value;
  for (const { field, message } of selector.problems) {
    reports.push(
      onService(stable, 'AnnotationInvalid', `${field}: ${message}. Until then track=${track} is used.`),
    );
  }
  return { track };
};

const voidReport = (stable: Service, { track, edge }: EdgeMapping): Report =>
  onService(
    stable,
    'EdgeSelectorVoid',
    `every pod that it selects is a pod of ${edge} too, so the track ${track} is void and all go on as stable; tell the edge pods apart by a label that this Service's selector does not ask for.`,
  );

const accept = ({ mapping, stableKey, edgeKey, state }: Case, managed: boolean): void => {
  const { track, edge, stable, asker } = mapping;
  if (!state.owners.has(edgeKey)) state.owners.set(edgeKey, { stable, track, managed, asker });
  state.stables.add(stableKey);
  const edges = state.edges.get(stableKey) ?? [];
  if (!edges.some(known => known.track === track && known.edge === edge)) edges.push({ track, edge });
  state.edges.set(stableKey, edges);
};

const judgeUnmanaged = (subject: Case, stable: Service, existing: Service): void => {
  const { mapping, state } = subject;
  // Taken at its word, such a Service would leave the stable pool without endpoints.
  if (stable.selector !== null && existing.selector !== null && implies(stable.selector, existing.selector)) {
    state.reports.push(voidReport(stable, mapping));
    return;
  }
  state.reports.push(
    onService(
      existing,
      'EdgeServiceUnmanaged',
      `was not made by Sluice: as the ${mapping.track} Service of ${mapping.stable} it is routed to as it stands, and never changed. Delete it to have it made from ${mapping.stable}.`,
    ),
  );
  accept(subject, false);
};

const judgeManaged = (subject: Case, stable: Service, selector: Labels): void => {
  const { mapping, edgeKey, state } = subject;
  const overlay = edgeSelector(stable, mapping.track, state.reports);
  if (implies(selector, overlay)) {
    state.reports.push(voidReport(stable, mapping));
    return;
  }
  const edge = { name: mapping.edge, track: mapping.track, selector: overlay };
  state.specs.set(edgeKey, edgeServiceSpec({ ...stable, selector }, edge));
  accept(subject, true);
};

const judge = (mapping: EdgeMapping, state: State): void => {
  const { namespace } = mapping.asker.metadata;
  const stableKey = objectName({ namespace, name: mapping.stable });
  const edgeKey = objectName({ namespace, name: mapping.edge });
  const stable = state.services.get(stableKey);
  const existing = state.services.get(edgeKey);
  const subject: Case = { mapping, stableKey, edgeKey, stable, existing, state };
  for (const check of CHECKS) {
    const fault = check(subject);
    if (fault === null) continue;
    if ('report' in fault) state.reports.push(fault.report);
    else state.refusals.set(mappingIdentity(mapping), fault.refusal);
    return;
  }
  if (stable === undefined) return;
  if (existing !== undefined && isUnmanaged(subject)) judgeUnmanaged(subject, stable, existing);
  else if (stable.selector !== null) judgeManaged(subject, stable, stable.selector);
};

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The default track first: where one name is asked for twice, it is the one that most people mean. */
const compareTracks = (a: EdgeTrack, b: EdgeTrack): number =>
  Number(b.track === DEFAULT_TRACK) - Number(a.track === DEFAULT_TRACK) ||
  compareText(a.track, b.track) ||
  compareText(a.edge, b.edge);

/** Oldest first; an Ingress before a Service of its name. */
export const compareAskers = (a: EdgeAsker, b: EdgeAsker): number =>
  compareAge(a.metadata, b.metadata) || compareText(a.kind, b.kind);

const compareMappings = (a: EdgeMapping, b: EdgeMapping): number =>
  compareAskers(a.asker, b.asker) || compareText(a.stable, b.stable) || compareTracks(a, b);

/**
 * The edge Services of stored serviceMaps, whatever the tickets (DESIGN 6). Oldest first: a mapping that
 * conflicts with an older one is left out and reported, and so is one that cannot be. Several that ask
 * for the same are one mapping, as old as the oldest of them. What mappings come to hangs on no Service but those
 * that they name, nor on other mappings but those that name one of these.
 */
export const planEdgeServices = ({ services, mappings }: EdgePlanInput): EdgePlan => {
  const state: State = {
    services: new Map(services.map(service => [objectName(service.metadata), service])),
    owners: new Map(),
    stables: new Set(),
    specs: new Map(),
    edges: new Map(),
    refusals: new Map(),
    reports: [],
  };
  const judged = new Set<string>();
  for (const mapping of [...mappings].sort(compareMappings)) {
    const identity = mappingIdentity(mapping);
    if (judged.has(identity)) continue;
    judged.add(identity);
    judge(mapping, state);
  }
  for (const edges of state.edges.values()) edges.sort(compareTracks);
  return {
    services: [...state.specs].sort(([a], [b]) => compareText(a, b)).map(([, spec]) => spec),
    edges: state.edges,
    refusals: state.refusals,
    reports: uniqueReports(state.reports),
  };
};

/** Of a stable Service's valid edges those that an Ingress asks for: track -> edge Service. */
export const resolveTracks = (
  valid: readonly EdgeTrack[],
  wanted: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> =>
  new Map(
    valid.filter(({ track, edge }) => wanted.get(track) === edge).map(({ track, edge }) => [track, edge]),
  );
