import { annotationField, TCP } from '../annotation-names.ts';
import { sameJson } from '../canonical-json.ts';
import { claimedPort, portClaim } from '../claimed-name.ts';
import type { EdgeRefusal, EdgeTrack } from '../edge-plan.ts';
import { resolveTracks } from '../edge-plan.ts';
import type { OwnershipOptions } from '../host-ownership.ts';
import type { Scope } from '../ingress-scope.ts';
import { MultiMap } from '../multi-map.ts';
import { objectName } from '../objects/metadata.ts';
import type { Service } from '../objects/service.ts';
import { type PoolRequest, poolRequest } from '../pool.ts';
import { PortOwnership } from '../port-ownership.ts';
import { problemDetail } from '../problem.ts';
import type { Report, ReportReason } from '../report.ts';
import type { TcpPlan } from '../route-plan.ts';
import { STABLE_TRACK } from '../service-map.ts';
import { SortedParts } from '../sorted-parts.ts';
import type { TcpPortSpec } from '../tcp-port-spec.ts';
import type { TcpPortOptions } from '../tcp-ports.ts';
import { readTcpService, type TcpReading } from '../tcp-reading.ts';
import type { ReportBook } from './report-book.ts';

/** A Service that was read anew; undefined where it asks for no port of ours, or no longer does. */
export type TcpReadingChange = {
  readonly before: TcpReading | undefined;
  readonly after: TcpReading | undefined;
};

/** A TCP port whose plan is another than before. */
export type TcpChange = {
  readonly before: TcpPlan | undefined;
  readonly after: TcpPlan | undefined;
  /** Every pool that `after` leads to. */
  readonly pools: readonly PoolRequest[];
};

/** What a port hangs on besides its own Service. */
export interface TcpWorld {
  /** The valid edges of a stable Service, by `namespace/name`. */
  edgesOf(stable: string): readonly EdgeTrack[];
  /** Why some of its edges cannot be. */
  refusalsFor(reading: TcpReading): readonly EdgeRefusal[];
}

type Planned = { readonly plan: TcpPlan; readonly pools: readonly PoolRequest[] };

const planOf = (reading: TcpReading, spec: TcpPortSpec, valid: readonly EdgeTrack[]): Planned => {
  const { service, serviceMap, tickets, settings } = reading;
  const { namespace, name } = service.metadata;
  const { servicePort: port } = spec;
  const tracks = resolveTracks(valid, serviceMap.get(name) ?? new Map());
  const edges = [...tracks].map(
    ([track, edge]) => [track, poolRequest({ namespace, service: edge, port, role: 'edge' })] as const,
  );
  const stable = [STABLE_TRACK, poolRequest({ namespace, service: name, port, role: 'stable' })] as const;
  const pools = [...edges, stable].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    plan: {
      port: spec.port,
      source: { namespace, service: name, field: annotationField(TCP) },
      pools: Object.fromEntries(pools.map(([track, { id }]) => [track, id])),
      tickets,
      ownHost: objectName(service.metadata),
      ...settings,
    },
    pools: pools.map(([, request]) => request),
  };
};

const reportOf = ({ service }: TcpReading, reason: ReportReason, message: string): Report => {
  const { namespace, name } = service.metadata;
  return { reason, object: { kind: 'Service', namespace, name }, message };
};

const EXTERNAL_NAME =
  'is of type ExternalName, which Sluice does not route to; the TCP ports that it asks for are not served.';

const reportsOf = (reading: TcpReading, world: TcpWorld): readonly Report[] => [
  ...reading.problems.map(problem => reportOf(reading, problem.code, problemDetail(problem))),
  ...(reading.service.type === 'ExternalName'
    ? [reportOf(reading, 'ServiceExternalName', EXTERNAL_NAME)]
    : []),
  ...world.refusalsFor(reading).map(({ reason, message }) => reportOf(reading, reason, message)),
];

/** Ports in order of their numbers. */
const partName = (port: number): string => String(port).padStart(5, '0');

/** The Services that ask for TCP ports, and what each port comes to. */
export class TcpTable {
  readonly #options: TcpPortOptions;
  readonly #ownership: PortOwnership;
  readonly #reports: ReportBook;
  /** Those with the annotation, ours or not: few of all. */
  readonly #services = new Map<string, Service>();
  readonly #readings = new Map<string, TcpReading>();
  /** By `portClaim`. */
  readonly #claimants = new MultiMap<TcpReading>();
  readonly #plans = new SortedParts<TcpPlan>();
  readonly #touched = new Set<string>();
  readonly #touchedPorts = new Set<number>();
  readonly #untold = new Set<string>();
  #scope: Scope | undefined;

  constructor(options: TcpPortOptions & Pick<OwnershipOptions, 'hostOwnership'>, reports: ReportBook) {
    this.#options = options;
    this.#ownership = new PortOwnership(options);
    this.#reports = reports;
  }

  /** Sorted by port; the same list until something changes. */
  get plans(): readonly TcpPlan[] {
    return this.#plans.list;
  }

  setService(name: string, service: Service | undefined): void {
    const asks = service !== undefined && Object.hasOwn(service.metadata.annotations, TCP);
    if (asks) this.#services.set(name, service);
    else if (!this.#services.delete(name)) return;
    this.#touched.add(name);
  }

  /** True if the claim is one of a port, which is then taken over. */
  record(name: string, namespace: string | null): boolean {
    const port = claimedPort(name);
    if (port === undefined) return false;
    this.#ownership.record(port, namespace);
    this.#touchedPorts.add(port);
    return true;
  }

  holderOf(port: number): string | undefined {
    return this.#ownership.holderOf(port, this.#claimants.get(portClaim(port)));
  }

  /** The edges of a Service are others, or others of them cannot be. */
  touchEdges({ service, specs }: TcpReading): void {
    this.#untold.add(objectName(service.metadata));
    for (const { port } of specs) this.#touchedPorts.add(port);
  }

  /** Reads what was touched. */
  read(scope: Scope): readonly TcpReadingChange[] {
    // Whose a Service is hangs on its class.
    if (scope !== this.#scope) for (const name of this.#services.keys()) this.#touched.add(name);
    this.#scope = scope;
    const names = [...this.#touched];
    this.#touched.clear();
    return names.map(name => this.#read(name, scope));
  }

  /** Looks anew at each touched port; what comes to the same as before is no change. */
  update(world: TcpWorld): readonly TcpChange[] {
    for (const name of this.#untold) {
      const reading = this.#readings.get(name);
      this.#reports.set(`TCP of Service ${name}`, reading === undefined ? [] : reportsOf(reading, world));
    }
    this.#untold.clear();
    const ports = [...this.#touchedPorts].sort((a, b) => a - b);
    this.#touchedPorts.clear();
    return ports.flatMap(port => this.#settle(port, world));
  }

  #read(name: string, scope: Scope): TcpReadingChange {
    const before = this.#readings.get(name);
    const service = this.#services.get(name);
    const after =
      service === undefined
        ? undefined
        : (readTcpService(service, { scope, options: this.#options }) ?? undefined);
    for (const { port } of before?.specs ?? []) {
      if (before !== undefined) this.#claimants.delete(portClaim(port), before);
      this.#touchedPorts.add(port);
    }
    for (const { port } of after?.specs ?? []) {
      if (after !== undefined) this.#claimants.add(portClaim(port), after);
      this.#touchedPorts.add(port);
    }
    if (after === undefined) this.#readings.delete(name);
    else this.#readings.set(name, after);
    this.#untold.add(name);
    return { before, after };
  }

  #settle(port: number, world: TcpWorld): readonly TcpChange[] {
    const { served, reports } = this.#ownership.settle(port, this.#claimants.get(portClaim(port)));
    this.#reports.set(`TCP port ${port}`, reports);
    const before = this.#plans.get(partName(port));
    const spec = served?.specs.find(candidate => candidate.port === port);
    if (served === undefined || spec === undefined) {
      if (before === undefined) return [];
      this.#plans.delete(partName(port));
      return [{ before, after: undefined, pools: [] }];
    }
    const { plan, pools } = planOf(served, spec, world.edgesOf(objectName(served.service.metadata)));
    if (before !== undefined && sameJson(before, plan)) return [];
    this.#plans.set(partName(port), plan);
    return [{ before, after: plan, pools }];
  }
}
