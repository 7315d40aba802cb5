import { ALLOWED_HOSTS } from '../annotation-names.ts';
import { claimedPort } from '../claimed-name.ts';
import { type EdgeServiceSpec, edgeServiceObject } from '../edge-service.ts';
import { ALLOW_ENDPOINTS } from '../endpoints.ts';
import { HostOwnership } from '../host-ownership.ts';
import type { IngressReading } from '../ingress-reading.ts';
import type { ObjectChanges, ObjectKey } from '../object-changes.ts';
import { ObjectIndex } from '../object-index.ts';
import { objectName } from '../objects/metadata.ts';
import type { Namespace } from '../objects/namespace.ts';
import type { KubernetesObject } from '../objects/objects.ts';
import type { Secret } from '../objects/secret.ts';
import type { Service } from '../objects/service.ts';
import { EMPTY_DELTA, type PlanDelta } from '../plan-delta.ts';
import type { Report } from '../report.ts';
import type { RoutePlan } from '../route-plan.ts';
import { CertificateTable } from './certificate-table.ts';
import { EdgePlanner } from './edge-planner.ts';
import { HostTable } from './host-table.ts';
import { ingressReports } from './ingress-reports.ts';
import { IngressTable } from './ingress-table.ts';
import { PoolTable } from './pool-table.ts';
import { ReportBook } from './report-book.ts';
import { type RuleRoutes, ruleRoutes } from './rule-routes.ts';
import { TcpTable } from './tcp-table.ts';
import type { Translation, TranslatorOptions } from './translation.ts';

const only = <K extends KubernetesObject['kind']>(
  kind: K,
  object: KubernetesObject | undefined,
): Extract<KubernetesObject, { kind: K }> | undefined =>
  object?.kind === kind ? (object as Extract<KubernetesObject, { kind: K }>) : undefined;

const annotationOf = (namespace: Namespace | undefined, name: string): string | undefined =>
  namespace?.metadata.annotations[name];

/** A canary serves nothing and never competes, neither for hosts nor for edges (DESIGN 5). */
const competing = (reading: IngressReading | undefined): IngressReading | undefined =>
  reading?.nginx.canary === false ? reading : undefined;

const NO_RULES: readonly RuleRoutes[] = [];

/**
 * Objects -> plan (DESIGN 10), kept up to date change by change (ADR 0014): what a change costs hangs on what it
 * touches, not on how many objects there are. Pure but for what it remembers, and total: a bad object becomes a
 * report beside the plan and never hides another. After any changes it says what a new one says of all objects.
 */
export class Translator implements Translation {
  readonly #options: TranslatorOptions;
  readonly #index = new ObjectIndex();
  readonly #stored = new Map<string, Service>();
  readonly #secrets = new Map<string, Secret>();
  readonly #reports = new ReportBook();
  readonly #ownership: HostOwnership;
  readonly #ingresses: IngressTable;
  readonly #edges: EdgePlanner;
  readonly #certificates: CertificateTable;
  readonly #hosts: HostTable;
  readonly #tcp: TcpTable;
  readonly #pools: PoolTable;
  /** By name of the Ingress. */
  readonly #rules = new Map<string, readonly RuleRoutes[]>();
  readonly #edgeObjects = new WeakMap<EdgeServiceSpec, Service>();
  /** Names of Ingresses whose routes and reports are to be made anew. */
  readonly #touched = new Set<string>();
  #plan: RoutePlan = { hosts: [], pools: [], certificates: [], tcp: [] };

  constructor(options: TranslatorOptions) {
    this.#options = options;
    this.#ownership = new HostOwnership(options);
    this.#ingresses = new IngressTable(options);
    this.#edges = new EdgePlanner(this.#stored, this.#reports);
    this.#certificates = new CertificateTable(this.#secrets, options, this.#reports);
    this.#hosts = new HostTable({
      ownership: this.#ownership,
      certificates: this.#certificates,
      reports: this.#reports,
    });
    this.#tcp = new TcpTable(options, this.#reports);
    this.#pools = new PoolTable({
      index: this.#index,
      edges: this.#edges,
      options: options.endpoints,
      reports: this.#reports,
    });
  }

  /** The same object until something in it changes. */
  get plan(): RoutePlan {
    const { plans: hosts } = this.#hosts;
    const { plans: pools } = this.#pools;
    const { plans: tcp } = this.#tcp;
    const { plans: certificates } = this.#certificates;
    const before = this.#plan;
    const isSame =
      hosts === before.hosts &&
      pools === before.pools &&
      certificates === before.certificates &&
      tcp === before.tcp;
    if (!isSame) this.#plan = { hosts, pools, certificates, tcp };
    return this.#plan;
  }

  get reports(): readonly Report[] {
    return this.#reports.list;
  }

  get edgeServices(): readonly EdgeServiceSpec[] {
    return this.#edges.specs;
  }

  holderOf(name: string): string | undefined {
    const port = claimedPort(name);
    return port === undefined ? this.#hosts.holderOf(name) : this.#tcp.holderOf(port);
  }

  /** Takes over changes; returns what they change in the plan. */
  apply({ set, removed, claims }: ObjectChanges): PlanDelta {
    const pods = new Set<string>();
    for (const key of removed) this.#take(key, undefined, pods);
    for (const object of set) {
      const { namespace, name } = object.metadata;
      this.#take({ kind: object.kind, namespace, name }, object, pods);
    }
    if (pods.size > 0) this.#touchServices(this.#index.servicesNaming(pods));
    for (const [name, namespace] of claims) {
      if (this.#tcp.record(name, namespace)) continue;
      this.#ownership.record(name, namespace);
      this.#hosts.touch(name);
    }
    this.#renewReadings();
    this.#renewEdges();
    this.#renewRules();
    const hosts = this.#hosts.update();
    for (const host of hosts) {
      this.#pools.changeHost(host);
      this.#certificates.changeHost(host.before, host.after);
    }
    const ports = this.#tcp.update(this.#edges);
    for (const port of ports) this.#pools.changeTcp(port);
    return {
      ...EMPTY_DELTA,
      hosts: {
        set: hosts.flatMap(({ after }) => after ?? []),
        removed: hosts.flatMap(({ host, after }) => (after === undefined ? host : [])),
      },
      pools: this.#pools.update(),
      certificates: this.#certificates.update(),
      tcp: ports.length === 0 ? null : this.#tcp.plans,
    };
  }

  #take(key: ObjectKey, object: KubernetesObject | undefined, pods: Set<string>): void {
    const name = key.namespace === '' ? key.name : objectName(key);
    switch (key.kind) {
      case 'Ingress':
        this.#ingresses.setIngress(name, only('Ingress', object));
        break;
      case 'IngressClass':
        this.#ingresses.setClass(name, only('IngressClass', object));
        break;
      case 'Namespace':
        this.#setNamespace(name, only('Namespace', object));
        break;
      case 'Service':
        this.#setStored(name, only('Service', object));
        break;
      case 'Pod':
        pods.add(name);
        this.#touchServices(this.#index.setPod(name, only('Pod', object)));
        break;
      case 'EndpointSlice':
        this.#touchServices(this.#index.setSlice(name, only('EndpointSlice', object)));
        break;
      case 'Secret':
        this.#setSecret(name, only('Secret', object));
        break;
      default:
        key.kind satisfies never;
    }
  }

  #touchServices(names: readonly string[]): void {
    for (const name of names) this.#pools.touchService(name);
  }

  #setStored(name: string, service: Service | undefined): void {
    if (service === undefined) this.#stored.delete(name);
    else this.#stored.set(name, service);
    this.#edges.touch(name);
    this.#tcp.setService(name, service);
  }

  #setSecret(name: string, secret: Secret | undefined): void {
    if (secret === undefined) this.#secrets.delete(name);
    else this.#secrets.set(name, secret);
    for (const ingress of this.#ingresses.askingFor(name)) this.#touched.add(ingress);
    for (const host of this.#certificates.touchSecret(name)) this.#hosts.touch(host);
  }

  #setNamespace(name: string, after: Namespace | undefined): void {
    const before = this.#index.namespaces.get(name);
    this.#index.setNamespace(name, after);
    if (annotationOf(before, ALLOWED_HOSTS) !== annotationOf(after, ALLOWED_HOSTS)) {
      this.#ownership.setNamespace(name, after);
      for (const domain of this.#ingresses.domainsIn(name)) this.#hosts.touch(domain);
    }
    if (annotationOf(before, ALLOW_ENDPOINTS) !== annotationOf(after, ALLOW_ENDPOINTS))
      this.#pools.touchNamespace(name);
  }

  #renewReadings(): void {
    for (const { name, before, after } of this.#ingresses.update()) {
      this.#edges.replace(competing(before), competing(after));
      for (const domain of this.#certificates.setReading(name, competing(after)))
        this.#hosts.touchCovered(domain);
      this.#touched.add(name);
    }
    for (const { before, after } of this.#tcp.read(this.#ingresses.scope)) this.#edges.replace(before, after);
  }

  #renewEdges(): void {
    const { services, stables, readings } = this.#edges.update();
    for (const service of services) this.#layEdgeOver(service);
    this.#touchServices([...stables]);
    for (const reading of readings) {
      if ('ingress' in reading) this.#touched.add(objectName(reading.ingress.metadata));
      else this.#tcp.touchEdges(reading);
    }
  }

  /** In a cluster the controller has made the edge Services; standalone has nobody to store them. */
  #layEdgeOver(name: string): void {
    const spec = this.#options.impliedEdgeServices ? this.#edges.specOf(name) : undefined;
    const service = spec === undefined ? this.#stored.get(name) : this.#edgeObject(spec);
    if (service !== this.#index.services.get(name))
      this.#touchServices(this.#index.setService(name, service));
  }

  #edgeObject(spec: EdgeServiceSpec): Service {
    const known = this.#edgeObjects.get(spec);
    if (known !== undefined) return known;
    const service = edgeServiceObject(spec);
    this.#edgeObjects.set(spec, service);
    return service;
  }

  #renewRules(): void {
    const backends = {
      edgesOf: (stable: string) => this.#edges.edgesOf(stable),
      secret: (namespace: string, name: string) => this.#secrets.get(objectName({ namespace, name })),
      knownSecrets: this.#options.secrets ?? 'all',
    };
    const world = { ...backends, shared: this.#pools.shared.bind(this.#pools) };
    for (const name of this.#touched) {
      const reading = this.#ingresses.reading(name);
      const served = competing(reading);
      const rules = served === undefined ? NO_RULES : ruleRoutes(served, world);
      for (const rule of this.#rules.get(name) ?? NO_RULES) this.#hosts.remove(rule);
      for (const rule of rules) this.#hosts.add(rule);
      if (rules.length === 0) this.#rules.delete(name);
      else this.#rules.set(name, rules);
      const refusals = served === undefined ? [] : this.#edges.refusalsFor(served);
      this.#reports.set(
        `Ingress ${name}`,
        reading === undefined ? [] : ingressReports(reading, { backends, refusals }),
      );
    }
    this.#touched.clear();
  }
}
