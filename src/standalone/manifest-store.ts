import type { AdmissionOptions } from '../admission/admission-options.ts';
import { admit } from '../admission/admit.ts';
import type { JsonPatch } from '../admission/json-patch.ts';
import { SERVICE_CLASS, TCP } from '../core/annotation-names.ts';
import { type ObjectChanges, type ObjectKey, PendingChanges } from '../core/object-changes.ts';
import type { Ingress } from '../core/objects/ingress.ts';
import type { KubernetesObject } from '../core/objects/objects.ts';
import { parseIngress } from '../core/objects/parse-ingress.ts';
import { parseObject, SUPPORTED_KINDS } from '../core/objects/parse-object.ts';
import type { Service } from '../core/objects/service.ts';
import { DescribedObjects, type Touch } from './described-objects.ts';
import { withoutDuplicates } from './duplicate-manifests.ts';
import { compareRank, type Manifest, type ManifestError, type ManifestSet } from './manifest-files.ts';
import { problemOf, remarkOn } from './manifest-remarks.ts';
import { ReviewWorld } from './review-world.ts';
import { StandingClaims } from './standing-claims.ts';
import { type Remarks, ToldRemarks } from './told-remarks.ts';

/** One object in force, as the API server would have stored it. */
export type StoredObject = {
  readonly raw: unknown;
  readonly object: KubernetesObject;
  /** What admission changed in the author's text. */
  readonly patch: JsonPatch;
};

/** What became of a set of manifests. */
export type StoreOutcome = {
  /** Objects that were refused; what was in force under their names still is. */
  readonly errors: readonly ManifestError[];
  /** Of each object those of its last review. */
  readonly warnings: readonly ManifestError[];
};

type Reviewed = Ingress | Service;

/** An object that waits for its review. */
type Waiting = { readonly name: string; readonly manifest: Manifest; readonly object: Reviewed };

/** Of Services those that a webhook is asked about: the ones that ask for TCP ports, or seem to. */
export const isReviewed = (object: KubernetesObject): object is Reviewed =>
  object.kind === 'Ingress' ||
  (object.kind === 'Service' &&
    [SERVICE_CLASS, TCP].some(name => Object.hasOwn(object.metadata.annotations, name)));

const keyOf = ({ kind, metadata: { namespace, name } }: KubernetesObject): ObjectKey => ({
  kind,
  namespace,
  name,
});

/** The place decides between objects of one age. */
const placed = <T extends KubernetesObject>(object: T, { rank }: Manifest): T => ({
  ...object,
  metadata: { ...object.metadata, file: rank.file, fileOrder: rank.index },
});

const storedIngress = (raw: unknown, manifest: Manifest): Ingress | null => {
  const parsed = parseIngress(raw);
  return parsed.ok ? placed(parsed.value, manifest) : null;
};

/** Services first: of an Ingress it is asked whether its Services are there. */
const compareWaiting = (a: Waiting, b: Waiting): number =>
  Number(a.object.kind === 'Ingress') - Number(b.object.kind === 'Ingress') ||
  compareRank(a.manifest.rank, b.manifest.rank);

/**
 * Stores manifests as an API server with our webhook would: every Ingress, and every Service on TCP ports, goes
 * through admission, as an update where one of its name is in force. What is refused is reported with its place, and
 * what was in force under its name stays so; what no file holds any more is gone. An object is reviewed when its text
 * changes, as after `kubectl apply`, and as long as it is refused whenever anything changes.
 */
export class ManifestStore {
  readonly #options: AdmissionOptions;
  readonly #described = new DescribedObjects();
  readonly #stored = new Map<string, StoredObject>();
  readonly #world: ReviewWorld;
  readonly #claims: StandingClaims;
  readonly #pending = new PendingChanges();
  readonly #remarks = new ToldRemarks();
  readonly #refused = new Map<string, Waiting>();
  #ingresses = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#world = new ReviewWorld(options);
    this.#claims = new StandingClaims(this.#world.index, (name, namespace) =>
      this.#pending.claim(name, namespace),
    );
  }

  /** Everything in force, by name: `Ingress shop/web`. */
  get stored(): ReadonlyMap<string, StoredObject> {
    return this.#stored;
  }

  /** What is claimed -> namespace. */
  get claims(): ReadonlyMap<string, string> {
    return this.#claims.holders;
  }

  /** How many Ingresses are in force. */
  get ingressCount(): number {
    return this.#ingresses;
  }

  /** What became different in force since it was taken last. */
  takeChanges(): ObjectChanges {
    return this.#pending.take();
  }

  /** Takes over what is in the files now. */
  update(set: ManifestSet, nowMs: number): StoreOutcome {
    const touched = this.#described.replace(set);
    if (touched.size > 0) this.#takeOver(touched, nowMs);
    return { errors: this.#remarks.errors, warnings: this.#remarks.warnings };
  }

  #takeOver(touched: ReadonlyMap<string, Touch>, nowMs: number): void {
    const classesBefore = this.#world.index.ingressClasses;
    const claims = new Set<string>();
    const waiting: Waiting[] = [];
    for (const [name, touch] of touched) {
      if (touch === 'moved') this.#move(name);
      else waiting.push(...this.#consider(name, claims));
    }
    this.#claims.settle(claims);
    // Whose an object is hangs on its class: what was reviewed under other classes may never have been ours.
    const isSameScope = this.#world.index.ingressClasses === classesBefore;
    this.#reviewAll(isSameScope ? waiting : this.#everyReviewed(waiting), nowMs);
  }

  /** Stores what needs no review, and returns what does. */
  #consider(name: string, claims: Set<string>): readonly Waiting[] {
    this.#refused.delete(name);
    const manifests = this.#described.of(name);
    const [first] = manifests;
    if (first === undefined) {
      this.#remarks.delete(name);
      this.#remove(name, claims);
      return [];
    }
    const { unique, errors } = withoutDuplicates(manifests);
    const said = { errors: [...errors], warnings: [] as ManifestError[] };
    const readable = unique.flatMap(manifest => {
      const object = this.#read(manifest, said);
      return object === null ? [] : [{ manifest, object }];
    });
    this.#remarks.set(name, first.rank, said);
    return readable.flatMap(({ manifest, object }): readonly Waiting[] => {
      if (isReviewed(object)) return [{ name, manifest, object }];
      this.#replace(name, { key: keyOf(object), claims }, { raw: manifest.value, object, patch: [] });
      return [];
    });
  }

  #read(
    manifest: Manifest,
    said: { errors: ManifestError[]; warnings: ManifestError[] },
  ): KubernetesObject | null {
    if (!SUPPORTED_KINDS.has(String(manifest.value.kind))) {
      const kinds = [...SUPPORTED_KINDS].join(', ');
      said.warnings.push(remarkOn(manifest, ` is left aside: standalone reads ${kinds} only.`));
      return null;
    }
    const parsed = parseObject(manifest.value);
    if (parsed.ok) return placed(parsed.value, manifest);
    said.errors.push(...parsed.problems.map(problem => problemOf(manifest, problem)));
    return null;
  }

  /** An object stands elsewhere, and says what it said. */
  #move(name: string): void {
    const [manifest] = this.#described.of(name);
    const stored = this.#stored.get(name);
    const refused = this.#refused.get(name);
    if (manifest === undefined) return;
    if (refused !== undefined) this.#refused.set(name, { ...refused, manifest });
    if (stored !== undefined) {
      const object = placed(stored.object, manifest);
      this.#set(name, keyOf(object), { ...stored, object });
    }
  }

  /** Every object of the files that is reviewed, those that wait already among them. */
  #everyReviewed(waiting: readonly Waiting[]): readonly Waiting[] {
    const names = new Set(waiting.map(({ name }) => name));
    const others = [...this.#stored].flatMap(([name, { object }]) => {
      const [manifest, ...more] = this.#described.of(name);
      if (!isReviewed(object) || names.has(name) || manifest === undefined || more.length > 0) return [];
      const written = object.kind === 'Ingress' ? storedIngress(manifest.value, manifest) : object;
      return written === null ? [] : [{ name, manifest, object: written }];
    });
    return [...waiting, ...others];
  }

  /**
   * What moves from one object to another in one save (a host, a port) is still held when its new object is reviewed.
   * Each round frees what the files no longer name, so there are fewer rounds than objects.
   */
  #reviewAll(first: readonly Waiting[], nowMs: number): void {
    const most = first.length + this.#refused.size;
    let waiting: readonly Waiting[] = first;
    for (let round = 0; round <= most; round += 1) {
      const names = new Set(waiting.map(({ name }) => name));
      const again = [...this.#refused.values()].filter(({ name }) => !names.has(name));
      const claims = new Set<string>();
      for (const each of [...waiting, ...again].sort(compareWaiting)) this.#review(each, claims, nowMs);
      if (!this.#claims.settle(claims) || this.#refused.size === 0) return;
      waiting = [];
    }
  }

  #review(waiting: Waiting, claims: Set<string>, nowMs: number): void {
    const { name, manifest } = waiting;
    const before = this.#stored.get(name);
    const reviewed = { object: manifest.value, oldObject: before?.raw ?? null };
    const { object, patch, denials, warnings } = admit(reviewed, {
      options: this.#options,
      view: { ...this.#world.view(), claimHolder: claim => this.#claims.holderOf(claim) },
      nowMs,
    });
    const said: Remarks = {
      errors: denials.map(problem => problemOf(manifest, problem)),
      warnings: warnings.map(warning => remarkOn(manifest, `: ${warning}`)),
    };
    this.#remarks.set(name, manifest.rank, said);
    const stored = patch.length === 0 ? waiting.object : storedIngress(object, manifest);
    if (denials.length > 0 || stored === null) {
      this.#refused.set(name, waiting);
      return;
    }
    this.#refused.delete(name);
    this.#replace(name, { key: keyOf(stored), claims }, { raw: object, object: stored, patch });
  }

  /** Takes note of what was claimed under the name, and of what is now. */
  #replace(
    name: string,
    { key, claims }: { readonly key: ObjectKey; readonly claims: Set<string> },
    stored: StoredObject | undefined,
  ): void {
    const { index } = this.#world;
    for (const claim of index.claimsOf(key)) claims.add(claim);
    this.#set(name, key, stored);
    for (const claim of index.claimsOf(key)) claims.add(claim);
  }

  #remove(name: string, claims: Set<string>): void {
    const object = this.#stored.get(name)?.object;
    if (object !== undefined) this.#replace(name, { key: keyOf(object), claims }, undefined);
  }

  #set(name: string, key: ObjectKey, stored: StoredObject | undefined): void {
    if (key.kind === 'Ingress')
      this.#ingresses += Number(stored !== undefined) - Number(this.#stored.has(name));
    if (stored === undefined) {
      this.#stored.delete(name);
      this.#pending.remove(key);
    } else {
      this.#stored.set(name, stored);
      this.#pending.set(stored.object);
    }
    this.#world.set(key, stored?.object);
  }
}
