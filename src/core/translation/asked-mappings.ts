import { type EdgeMapping, mappingIdentity } from '../edge-plan.ts';
import type { IngressReading } from '../ingress-reading.ts';
import { MultiMap } from '../multi-map.ts';
import { compareAge, objectName } from '../objects/metadata.ts';

/** One mapping that Ingresses ask for, as old as the oldest of them. */
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
  const { namespace } = mapping.ingress;
  return {
    identity,
    mapping,
    stable: objectName({ namespace, name: mapping.stable }),
    edge: objectName({ namespace, name: mapping.edge }),
  };
};

type Asks = ReadonlyMap<string, EdgeMapping>;

/** By `mappingIdentity`. */
const asksOf = (reading: IngressReading | undefined): Asks => {
  const asks = new Map<string, EdgeMapping>();
  if (reading === undefined) return asks;
  const ingress = reading.ingress.metadata;
  for (const [stable, tracks] of reading.serviceMap ?? []) {
    for (const [track, edge] of tracks) {
      const mapping = { ingress, stable, track, edge };
      asks.set(mappingIdentity(mapping), mapping);
    }
  }
  return asks;
};

/** The mappings of all serviceMaps, each once however many Ingresses ask for it, and the Services among which they stand. */
export class AskedMappings {
  readonly #byIdentity = new Map<string, AskedMapping>();
  readonly #askers = new MultiMap<IngressReading>();
  readonly #byService = new MultiMap<AskedMapping>();

  /** Takes over what an Ingress asks for now; returns the mappings that came, went, or are of another age. */
  replace(before: IngressReading | undefined, after: IngressReading | undefined): readonly AskedMapping[] {
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

  /** The Ingresses that ask for a mapping. */
  askersOf(identity: string): readonly IngressReading[] {
    return this.#askers.get(identity);
  }

  /** What an Ingress asks for, as identities. */
  identitiesOf(reading: IngressReading): Iterable<string> {
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

  /** Keeps a mapping as old as the oldest Ingress that asks for it. */
  #settle(
    identity: string,
    gone: EdgeMapping | undefined,
    now: EdgeMapping | undefined,
  ): readonly AskedMapping[] {
    const known = this.#byIdentity.get(identity);
    const wasOldest = known !== undefined && known.mapping.ingress === gone?.ingress;
    const isOldest =
      now !== undefined && (known === undefined || compareAge(now.ingress, known.mapping.ingress) <= 0);
    // Only if the oldest is no longer the oldest are all others looked at.
    const oldest = isOldest ? now : wasOldest ? this.#oldest(identity, known.mapping) : known?.mapping;
    if (oldest === known?.mapping) return [];
    if (known !== undefined) this.#remove(known);
    if (oldest === undefined) return known === undefined ? [] : [known];
    const next = this.#add(askedMapping(identity, oldest));
    return known !== undefined && compareAge(oldest.ingress, known.mapping.ingress) === 0 ? [] : [next];
  }

  #oldest(identity: string, mapping: EdgeMapping): EdgeMapping | undefined {
    const [first, ...others] = this.#askers.get(identity).map(({ ingress }) => ingress.metadata);
    if (first === undefined) return undefined;
    return { ...mapping, ingress: others.reduce((a, b) => (compareAge(b, a) < 0 ? b : a), first) };
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
