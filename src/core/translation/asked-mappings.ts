import { compareAskers, type EdgeAsker, type EdgeMapping, mappingIdentity } from '../edge-plan.ts';
import type { IngressReading } from '../ingress-reading.ts';
import { MultiMap } from '../multi-map.ts';
import { objectName } from '../objects/metadata.ts';
import type { TcpReading } from '../tcp-reading.ts';

/** Whatever names edges. */
export type AskingReading = IngressReading | TcpReading;

/** One mapping that is asked for, as old as the oldest of those who do. */
export type AskedMapping = {
  readonly identity: string;
  readonly mapping: EdgeMapping;
  /** `namespace/name` of the two Services. */
  readonly stable: string;
  readonly edge: string;
};

/** Services and the mappings among them. */
export type MappedServices = {
  readonly services: ReadonlySet<string>;
  readonly asked: readonly AskedMapping[];
};

const askedMapping = (identity: string, mapping: EdgeMapping): AskedMapping => {
  const { namespace } = mapping.asker.metadata;
  return {
    identity,
    mapping,
    stable: objectName({ namespace, name: mapping.stable }),
    edge: objectName({ namespace, name: mapping.edge }),
  };
};

const askerOf = (reading: AskingReading): EdgeAsker =>
  'ingress' in reading ? reading.ingress : reading.service;

type Asks = ReadonlyMap<string, EdgeMapping>;

/** By `mappingIdentity`. */
const asksOf = (reading: AskingReading | undefined): Asks => {
  const asks = new Map<string, EdgeMapping>();
  if (reading === undefined) return asks;
  const asker = askerOf(reading);
  for (const [stable, tracks] of reading.serviceMap ?? []) {
    for (const [track, edge] of tracks) {
      const mapping = { asker, stable, track, edge };
      asks.set(mappingIdentity(mapping), mapping);
    }
  }
  return asks;
};

/** The mappings of all serviceMaps, each once however many ask for it, and the Services among which they stand. */
export class AskedMappings {
  readonly #byIdentity = new Map<string, AskedMapping>();
  readonly #askers = new MultiMap<AskingReading>();
  readonly #byService = new MultiMap<AskedMapping>();

  /** Takes over what somebody asks for now; returns the mappings that came, went, or are of another age. */
  replace(before: AskingReading | undefined, after: AskingReading | undefined): readonly AskedMapping[] {
    const gone = asksOf(before);
    const now = asksOf(after);
    if (before !== undefined) for (const identity of gone.keys()) this.#askers.delete(identity, before);
    if (after !== undefined) for (const identity of now.keys()) this.#askers.add(identity, after);
    return [...new Set([...gone.keys(), ...now.keys()])].flatMap(identity =>
      this.#settle(identity, gone.get(identity), now.get(identity)),
    );
  }

  isAsked(identity: string): boolean {
    return this.#byIdentity.has(identity);
  }

  /** Who asks for a mapping. */
  askersOf(identity: string): readonly AskingReading[] {
    return this.#askers.get(identity);
  }

  /** What somebody asks for, as identities. */
  identitiesOf(reading: AskingReading): Iterable<string> {
    return asksOf(reading).keys();
  }

  /** All that a chain of mappings leads to from one Service. */
  around(service: string): MappedServices {
    const services = new Set([service]);
    const asked = new Set<AskedMapping>();
    // A set that grows while it is walked is walked to its end.
    for (const name of services) {
      for (const one of this.#byService.get(name)) {
        asked.add(one);
        services.add(one.stable).add(one.edge);
      }
    }
    return { services, asked: [...asked] };
  }

  /** Keeps a mapping as old as the oldest that asks for it. */
  #settle(
    identity: string,
    gone: EdgeMapping | undefined,
    now: EdgeMapping | undefined,
  ): readonly AskedMapping[] {
    const known = this.#byIdentity.get(identity);
    const wasOldest = known !== undefined && known.mapping.asker === gone?.asker;
    const isOldest =
      now !== undefined && (known === undefined || compareAskers(now.asker, known.mapping.asker) <= 0);
    // Only if the oldest is no longer the oldest are all others looked at.
    const oldest = isOldest ? now : wasOldest ? this.#oldest(identity, known.mapping) : known?.mapping;
    if (oldest === known?.mapping) return [];
    if (known !== undefined) this.#remove(known);
    if (oldest === undefined) return known === undefined ? [] : [known];
    const next = this.#add(askedMapping(identity, oldest));
    return known !== undefined && compareAskers(oldest.asker, known.mapping.asker) === 0 ? [] : [next];
  }

  #oldest(identity: string, mapping: EdgeMapping): EdgeMapping | undefined {
    const [first, ...others] = this.#askers.get(identity).map(askerOf);
    if (first === undefined) return undefined;
    return { ...mapping, asker: others.reduce((a, b) => (compareAskers(b, a) < 0 ? b : a), first) };
  }

  #add(asked: AskedMapping): AskedMapping {
    this.#byIdentity.set(asked.identity, asked);
    this.#byService.add(asked.stable, asked);
    this.#byService.add(asked.edge, asked);
    return asked;
  }

  #remove(asked: AskedMapping): void {
    this.#byIdentity.delete(asked.identity);
    this.#byService.delete(asked.stable, asked);
    this.#byService.delete(asked.edge, asked);
  }
}
