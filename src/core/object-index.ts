import { EDGE_OF_LABEL } from './edge-service.ts';
import { type Labels, selects } from './label-selector.ts';
import { MultiMap } from './multi-map.ts';
import type { EndpointSlice } from './objects/endpoint-slice.ts';
import { type Metadata, objectName } from './objects/metadata.ts';
import type { Namespace } from './objects/namespace.ts';
import type { ObjectSnapshot } from './objects/objects.ts';
import type { Pod } from './objects/pod.ts';
import type { Service } from './objects/service.ts';

/** Of two that give one text the caller tells them apart: whoever looks labels up compares all of them. */
const labelText = (namespace: string, key: string, value: string): string => `${namespace}/${key}=${value}`;

const labelTexts = (namespace: string, labels: Labels): readonly string[] =>
  Object.entries(labels).map(([key, value]) => labelText(namespace, key, value));

/** Where a Service is looked for by the Pods that it selects: under one of its pairs, since they must hold all. */
const selectorText = ({ metadata, selector }: Service): string | undefined =>
  selector === null ? undefined : labelTexts(metadata.namespace, selector)[0];

const serviceOf = ({ service, metadata }: EndpointSlice): string | undefined =>
  service === null ? undefined : objectName({ namespace: metadata.namespace, name: service });

/** The Service that an edge's label names. */
const stableOf = ({ metadata }: Service): string | undefined => {
  const name = metadata.labels[EDGE_OF_LABEL];
  return name === undefined ? undefined : objectName({ namespace: metadata.namespace, name });
};

const replace = <T extends { readonly metadata: Metadata }>(
  map: Map<string, T>,
  name: string,
  object: T | undefined,
): void => {
  if (object === undefined) map.delete(name);
  else map.set(name, object);
};

const moveIn = <T extends object>(
  index: MultiMap<T>,
  { before, after }: { readonly before: T | undefined; readonly after: T | undefined },
  keysOf: (item: T) => readonly string[],
): void => {
  if (before !== undefined) for (const key of keysOf(before)) index.delete(key, before);
  if (after !== undefined) for (const key of keysOf(after)) index.add(key, after);
};

const present = <T>(before: T | undefined, after: T | undefined): readonly T[] =>
  [before, after].filter(version => version !== undefined);

const listed = (key: string | undefined): readonly string[] => (key === undefined ? [] : [key]);

/**
 * Objects by what is looked up, kept up to date object by object, so that a plan costs in proportion to what
 * changed and not to the product of all objects. Names are `namespace/name`, a Namespace's its name alone.
 */
export class ObjectIndex {
  readonly services = new Map<string, Service>();
  readonly pods = new Map<string, Pod>();
  readonly namespaces = new Map<string, Namespace>();
  readonly #slices = new Map<string, EndpointSlice>();
  readonly #slicesByService = new MultiMap<EndpointSlice>();
  readonly #podsByLabel = new MultiMap<Pod>();
  readonly #servicesBySelector = new MultiMap<Service>();
  readonly #edgesByStable = new MultiMap<Service>();

  /** These three return the names of the Services whose endpoints may be others now. */
  setService(name: string, after: Service | undefined): readonly string[] {
    const before = this.services.get(name);
    const change = { before, after };
    moveIn(this.#servicesBySelector, change, service => listed(selectorText(service)));
    moveIn(this.#edgesByStable, change, service => listed(stableOf(service)));
    replace(this.services, name, after);
    // What is an edge of a Service is not stable there.
    return [name, ...present(before, after).flatMap(service => listed(stableOf(service)))];
  }

  setPod(name: string, after: Pod | undefined): readonly string[] {
    const before = this.pods.get(name);
    const change = { before, after };
    moveIn(this.#podsByLabel, change, ({ metadata }) => labelTexts(metadata.namespace, metadata.labels));
    replace(this.pods, name, after);
    return present(before, after).flatMap(pod => this.#servicesSelecting(pod));
  }

  setSlice(name: string, after: EndpointSlice | undefined): readonly string[] {
    const before = this.#slices.get(name);
    moveIn(this.#slicesByService, { before, after }, slice => listed(serviceOf(slice)));
    replace(this.#slices, name, after);
    return present(before, after).flatMap(slice => listed(serviceOf(slice)));
  }

  /** True if anything is known of any endpoint. */
  get hasEndpoints(): boolean {
    return this.pods.size + this.#slices.size > 0;
  }

  setNamespace(name: string, after: Namespace | undefined): void {
    replace(this.namespaces, name, after);
  }

  /** The EndpointSlices of a Service, by its name; sorted, so that no result hangs on who came first. */
  slicesOf(service: string): readonly EndpointSlice[] {
    const slices = this.#slicesByService.get(service);
    return slices.length < 2
      ? slices
      : slices.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  /** The Pods that a Service selects, those that have finished left out. */
  selectedPods({ metadata, selector }: Service): readonly Pod[] {
    if (selector === null) return [];
    const [first, ...others] = labelTexts(metadata.namespace, selector);
    if (first === undefined) return [];
    // The rarest label: `app=shop` on every pod of a namespace must not cost a scan for each Service.
    const rarest = others.reduce(
      (best, text) => (this.#podsByLabel.count(text) < this.#podsByLabel.count(best) ? text : best),
      first,
    );
    return this.#podsByLabel
      .get(rarest)
      .filter(
        pod =>
          !pod.finished &&
          pod.metadata.namespace === metadata.namespace &&
          selects(selector, pod.metadata.labels),
      );
  }

  /** The names of the Services with an EndpointSlice that speaks of one of these Pods. Looks at all slices: only where Pods are read has it anything to do. */
  servicesNaming(pods: ReadonlySet<string>): readonly string[] {
    const names = (slice: EndpointSlice): boolean =>
      slice.endpoints.some(
        ({ targetRef }) => targetRef !== null && targetRef.kind === 'Pod' && pods.has(objectName(targetRef)),
      );
    return [...this.#slices.values()].filter(names).flatMap(slice => listed(serviceOf(slice)));
  }

  /** The Services whose label calls them edges of the named one. */
  edgesOf(stable: string): readonly Service[] {
    return this.#edgesByStable.get(stable);
  }

  #servicesSelecting({ metadata: { namespace, labels } }: Pod): readonly string[] {
    return labelTexts(namespace, labels)
      .flatMap(text => this.#servicesBySelector.get(text))
      .filter(
        ({ metadata, selector }) =>
          selector !== null && metadata.namespace === namespace && selects(selector, labels),
      )
      .map(({ metadata }) => objectName(metadata));
  }
}

/** The index of one whole look. */
export const indexSnapshot = (
  snapshot: Pick<ObjectSnapshot, 'services' | 'pods' | 'endpointSlices' | 'namespaces'>,
): ObjectIndex => {
  const index = new ObjectIndex();
  for (const service of snapshot.services) index.setService(objectName(service.metadata), service);
  for (const pod of snapshot.pods) index.setPod(objectName(pod.metadata), pod);
  for (const slice of snapshot.endpointSlices) index.setSlice(objectName(slice.metadata), slice);
  for (const namespace of snapshot.namespaces) index.setNamespace(namespace.metadata.name, namespace);
  return index;
};
