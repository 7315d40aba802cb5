import { sameJson } from '../canonical-json.ts';
import { type EdgePlan, type EdgeRefusal, type EdgeTrack, planEdgeServices } from '../edge-plan.ts';
import type { EdgeServiceSpec } from '../edge-service.ts';
import { objectName } from '../objects/metadata.ts';
import type { Service } from '../objects/service.ts';
import { SortedParts } from '../sorted-parts.ts';
import {
  type AskedMapping,
  AskedMappings,
  type AskingReading,
  type MappedServices,
} from './asked-mappings.ts';
import type { ReportBook } from './report-book.ts';

/** What a look at the edges came to. */
export type EdgeChanges = {
  /** Names of all Services that were looked at: whatever stands under them may be another. */
  readonly services: ReadonlySet<string>;
  /** Names of the stable Services whose valid edges are others than before. */
  readonly stables: ReadonlySet<string>;
  /** Who asks for a mapping of which this changed something. */
  readonly readings: ReadonlySet<AskingReading>;
};

const NO_EDGES: readonly EdgeTrack[] = [];

/**
 * The edge Services of all serviceMaps. Mappings that name a common Service hang together, through others too; a
 * change looks anew at what hangs together with it, which is mostly one stable Service and its edge.
 */
export class EdgePlanner {
  /** As they are stored, without the edge Services that we may lay over them. */
  readonly #stored: ReadonlyMap<string, Service>;
  readonly #reports: ReportBook;
  readonly #mappings = new AskedMappings();
  readonly #edges = new Map<string, readonly EdgeTrack[]>();
  readonly #specs = new SortedParts<EdgeServiceSpec>();
  /** By identity of the mapping. */
  readonly #refusals = new Map<string, EdgeRefusal>();
  readonly #touched = new Set<string>();

  constructor(stored: ReadonlyMap<string, Service>, reports: ReportBook) {
    this.#stored = stored;
    this.#reports = reports;
  }

  /** Sorted by namespace and name. */
  get specs(): readonly EdgeServiceSpec[] {
    return this.#specs.list;
  }

  specOf(service: string): EdgeServiceSpec | undefined {
    return this.#specs.get(service);
  }

  edgesOf(stable: string): readonly EdgeTrack[] {
    return this.#edges.get(stable) ?? NO_EDGES;
  }

  /** Why of somebody's mappings some cannot be. */
  refusalsFor(reading: AskingReading): readonly EdgeRefusal[] {
    if (this.#refusals.size === 0) return [];
    return [...this.#mappings.identitiesOf(reading)].flatMap(identity => this.#refusals.get(identity) ?? []);
  }

  /** A stored Service came, changed or went. */
  touch(service: string): void {
    this.#touched.add(service);
  }

  /** Takes over what somebody asks for now in place of what it asked for before. */
  replace(before: AskingReading | undefined, after: AskingReading | undefined): void {
    for (const { identity, stable, edge } of this.#mappings.replace(before, after)) {
      // Nobody asks for it any more. (Of one that somebody asks for, the next look has to see what was said before.)
      if (!this.#mappings.isAsked(identity)) this.#refusals.delete(identity);
      this.#touched.add(stable).add(edge);
    }
  }

  /** Looks anew at whatever hangs together with what was touched. */
  update(): EdgeChanges {
    const services = new Set<string>();
    const stables = new Set<string>();
    const readings = new Set<AskingReading>();
    for (const start of this.#touched) {
      if (services.has(start)) continue;
      const group = this.#mappings.around(start);
      const plan = this.#planOf(group);
      const specs = new Map(plan.services.map(spec => [objectName(spec), spec]));
      const reports = Map.groupBy(plan.reports, ({ object }) => objectName(object));
      for (const service of group.services) {
        services.add(service);
        this.#setSpec(service, specs.get(service));
        this.#reports.set(`edges of Service ${service}`, reports.get(service) ?? []);
        if (this.#setEdges(service, plan.edges.get(service) ?? NO_EDGES)) stables.add(service);
      }
      const changed = group.asked.filter(asked => this.#setRefusal(asked, plan) || stables.has(asked.stable));
      for (const { identity } of changed)
        for (const reading of this.#mappings.askersOf(identity)) readings.add(reading);
    }
    this.#touched.clear();
    return { services, stables, readings };
  }

  #planOf({ services, asked }: MappedServices): EdgePlan {
    return planEdgeServices({
      services: [...services].flatMap(name => this.#stored.get(name) ?? []),
      mappings: asked.map(({ mapping }) => mapping),
    });
  }

  /** The same object as long as it says the same: whoever holds it sees that nothing changed. */
  #setSpec(service: string, spec: EdgeServiceSpec | undefined): void {
    if (spec === undefined) this.#specs.delete(service);
    else if (!sameJson(spec, this.#specs.get(service))) this.#specs.set(service, spec);
  }

  /** True if they are others than before. */
  #setEdges(stable: string, edges: readonly EdgeTrack[]): boolean {
    if (sameJson(this.edgesOf(stable), edges)) return false;
    if (edges.length === 0) this.#edges.delete(stable);
    else this.#edges.set(stable, edges);
    return true;
  }

  /** True if it is another than before. */
  #setRefusal({ identity }: AskedMapping, { refusals }: EdgePlan): boolean {
    const refusal = refusals.get(identity);
    if (sameJson(this.#refusals.get(identity), refusal)) return false;
    if (refusal === undefined) this.#refusals.delete(identity);
    else this.#refusals.set(identity, refusal);
    return true;
  }
}
