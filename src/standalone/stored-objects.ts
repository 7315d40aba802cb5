import type { AdmissionOptions } from '../admission/admission-options.ts';
import { admit } from '../admission/admit.ts';
import type { ClusterView } from '../admission/cluster-view.ts';
import type { JsonPatch } from '../admission/json-patch.ts';
import { isRecord } from '../core/canonical-json.ts';
import { scopeOf } from '../core/ingress-scope.ts';
import type { Ingress } from '../core/objects/ingress.ts';
import type { IngressClass } from '../core/objects/ingress-class.ts';
import { objectName } from '../core/objects/metadata.ts';
import type { KubernetesObject, ObjectSnapshot } from '../core/objects/objects.ts';
import { parseObject, SUPPORTED_KINDS } from '../core/objects/parse-object.ts';
import { formatProblem, type Problem } from '../core/problem.ts';
import { AdmittedIngresses } from './admitted-ingresses.ts';
import { withoutDuplicates } from './duplicate-manifests.ts';
import { edgeReadiness } from './edge-readiness.ts';
import { fieldPath } from './field-path.ts';
import type { ManifestError, RankedManifest } from './manifest-files.ts';

/** One object in force, as the API server would have stored it. */
export type StoredObject = {
  readonly raw: unknown;
  readonly object: KubernetesObject;
  /** What admission changed in the author's text. */
  readonly patch: JsonPatch;
};

/** Everything in force: `Kind namespace/name` -> object, and who holds which domain. */
export type StoredObjects = {
  readonly byName: ReadonlyMap<string, StoredObject>;
  readonly claims: ReadonlyMap<string, string>;
};

export const NOTHING_STORED: StoredObjects = { byName: new Map(), claims: new Map() };

/** What became of a set of manifests. */
export type StoreOutcome = {
  readonly stored: StoredObjects;
  /** Objects that were refused; what was in force under their names still is. */
  readonly errors: readonly ManifestError[];
  readonly warnings: readonly ManifestError[];
};

export type StoreContext = { readonly options: AdmissionOptions; readonly nowMs: number };

/** `Ingress shop/web`, or `Namespace shop` where there is none around it. */
const shownName = (kind: string, namespace: string, name: string): string =>
  `${kind} ${namespace === '' ? name : objectName({ namespace, name })}`;

const nameOf = ({ kind, metadata }: KubernetesObject): string =>
  shownName(kind, metadata.namespace, metadata.name);

const placed = (
  manifest: RankedManifest,
  message: string,
  path: readonly (string | number)[] = [],
): ManifestError => ({
  file: manifest.origin.file,
  document: manifest.origin.document,
  line: path.length === 0 ? manifest.origin.line : manifest.lineOf(path),
  column: null,
  message,
});

const problemAt = (manifest: RankedManifest, name: string, problem: Problem): ManifestError =>
  placed(manifest, `${name}: ${formatProblem(problem)}`, fieldPath(problem.field));

/** The same name as far as the text tells, for objects that could not be read. */
const writtenName = ({ value }: RankedManifest): string => {
  const metadata = isRecord(value.metadata) ? value.metadata : {};
  const kind = String(value.kind);
  const namespace =
    kind === 'Namespace' || kind === 'IngressClass' ? '' : String(metadata.namespace ?? 'default');
  return shownName(kind, namespace, String(metadata.name ?? '(no name)'));
};

export const snapshotOf = (objects: Iterable<KubernetesObject>): ObjectSnapshot => {
  const all = [...objects];
  const of = <K extends KubernetesObject['kind']>(kind: K) =>
    all.filter((object): object is Extract<KubernetesObject, { kind: K }> => object.kind === kind);
  return {
    ingresses: of('Ingress'),
    services: of('Service'),
    pods: of('Pod'),
    endpointSlices: of('EndpointSlice'),
    namespaces: of('Namespace'),
    ingressClasses: of('IngressClass'),
    secrets: of('Secret'),
  };
};

/** One pass over the manifests: reads what needs no admission first, since that is what admission asks about. */
class StorePass {
  readonly errors: ManifestError[] = [];
  readonly warnings: ManifestError[] = [];
  readonly byName = new Map<string, StoredObject>();
  /** True once an Ingress gave up a domain that it held before. */
  hasFreedClaims = false;
  readonly #before: StoredObjects;
  readonly #context: StoreContext;

  constructor(before: StoredObjects, context: StoreContext) {
    this.#before = before;
    this.#context = context;
  }

  run(manifests: readonly RankedManifest[]): StoredObjects {
    const { unique, errors } = withoutDuplicates(manifests);
    this.errors.push(...errors);
    const kept = new Set(unique);
    for (const manifest of manifests) if (!kept.has(manifest)) this.#keep(writtenName(manifest));
    const parsed = unique.flatMap(manifest => {
      const object = this.#parse(manifest);
      return object === null ? [] : [{ manifest, object }];
    });
    for (const { manifest, object } of parsed) {
      if (object.kind !== 'Ingress')
        this.byName.set(nameOf(object), { raw: manifest.value, object, patch: [] });
    }
    const view = this.#view();
    const admitted = this.#admittedBefore(
      parsed.map(({ object }) => nameOf(object)),
      view.ingressClasses,
    );
    for (const { manifest, object } of parsed) {
      if (object.kind !== 'Ingress') continue;
      const stored = this.#admit(manifest, object, { ...view, ...lookUps(admitted) });
      if (stored === null) continue;
      admitted.add(stored.object);
      this.byName.set(nameOf(object), stored);
    }
    return { byName: this.byName, claims: this.#standingClaims(admitted.claims, view.ingressClasses) };
  }

  /** The claims that a stored Ingress still stands for: what its new version no longer names is free. */
  #standingClaims(
    held: ReadonlyMap<string, string>,
    ingressClasses: readonly IngressClass[] | null,
  ): ReadonlyMap<string, string> {
    const stored = this.#noneAdmitted(ingressClasses);
    for (const { object } of this.byName.values()) if (object.kind === 'Ingress') stored.add(object);
    const standing = [...held].filter(([domain, namespace]) => stored.names(domain, namespace));
    this.hasFreedClaims = standing.length < held.size;
    return new Map(standing);
  }

  #parse(manifest: RankedManifest): KubernetesObject | null {
    if (!SUPPORTED_KINDS.has(String(manifest.value.kind))) {
      this.warnings.push(
        placed(
          manifest,
          `${writtenName(manifest)} is left aside: standalone reads ${[...SUPPORTED_KINDS].join(', ')} only.`,
        ),
      );
      return null;
    }
    const parsed = parseObject(manifest.value, { fileOrder: manifest.fileOrder });
    if (parsed.ok) return parsed.value;
    this.errors.push(...parsed.problems.map(problem => problemAt(manifest, writtenName(manifest), problem)));
    this.#keep(writtenName(manifest));
    return null;
  }

  /** What was in force under a name stays so. */
  #keep(name: string): void {
    const before = this.#before.byName.get(name);
    if (before !== undefined) this.byName.set(name, before);
  }

  /** The Ingresses that are in force and still there come first: whoever has a host keeps it. */
  #admittedBefore(
    names: readonly string[],
    ingressClasses: readonly IngressClass[] | null,
  ): AdmittedIngresses {
    const admitted = this.#noneAdmitted(ingressClasses);
    const present = new Set([...names, ...this.byName.keys()]);
    for (const [name, { object }] of this.#before.byName) {
      if (object.kind === 'Ingress' && present.has(name)) admitted.add(object);
    }
    return admitted;
  }

  #noneAdmitted(ingressClasses: readonly IngressClass[] | null): AdmittedIngresses {
    const { options } = this.#context;
    return new AdmittedIngresses({
      scope: scopeOf(options, ingressClasses),
      annotation: options.annotation,
    });
  }

  #view(): Omit<ClusterView, 'claimHolder' | 'routeHolder'> {
    const snapshot = snapshotOf([...this.byName.values()].map(({ object }) => object));
    const { services, namespaces, ingressClasses } = snapshot;
    const serviceByName = new Map(services.map(service => [objectName(service.metadata), service]));
    const namespaceByName = new Map(namespaces.map(namespace => [namespace.metadata.name, namespace]));
    return {
      missing: [],
      ingressClasses,
      namespace: name => namespaceByName.get(name),
      // A lone Ingress file says nothing about Services; beside some, a missing one is missing.
      service: (namespace, name) =>
        services.length === 0 ? null : serviceByName.get(objectName({ namespace, name })),
      readyEdgeEndpoints: edgeReadiness(snapshot),
    };
  }

  #admit(
    manifest: RankedManifest,
    ingress: Ingress,
    view: ClusterView,
  ): (StoredObject & { object: Ingress }) | null {
    const name = nameOf(ingress);
    const before = this.#before.byName.get(name);
    const reviewed = { object: manifest.value, oldObject: before?.raw ?? null };
    const { object, patch, denials, warnings } = admit(reviewed, { ...this.#context, view });
    this.warnings.push(...warnings.map(warning => placed(manifest, `${name}: ${warning}`)));
    const stored = parseObject(object, { fileOrder: manifest.fileOrder });
    if (denials.length > 0 || !stored.ok || stored.value.kind !== 'Ingress') {
      this.errors.push(...denials.map(problem => problemAt(manifest, name, problem)));
      this.#keep(name);
      return null;
    }
    return { raw: object, object: stored.value, patch };
  }
}

const lookUps = (admitted: AdmittedIngresses): Pick<ClusterView, 'claimHolder' | 'routeHolder'> => ({
  claimHolder: domain => admitted.claimHolder(domain),
  routeHolder: (route, except) => admitted.routeHolder(route, except),
});

/**
 * Stores manifests as an API server with our webhook would: every Ingress goes through admission, as an
 * update where one of its name is in force. What is refused is reported with its place, and what was in
 * force under its name stays so; what no file holds any more is gone.
 */
export const storeManifests = (
  before: StoredObjects,
  manifests: readonly RankedManifest[],
  context: StoreContext,
): StoreOutcome => {
  let inForce = before;
  for (let round = 1; ; round += 1) {
    const pass = new StorePass(inForce, context);
    inForce = pass.run(manifests);
    // A host that moves from one Ingress to another in one save was still held when its new Ingress was
    // refused. Each round gives up what the files no longer name, so there are fewer rounds than Ingresses.
    if (pass.errors.length > 0 && pass.hasFreedClaims && round <= manifests.length) continue;
    return { stored: inForce, errors: pass.errors, warnings: pass.warnings };
  }
};
