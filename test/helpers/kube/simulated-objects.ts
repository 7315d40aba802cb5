import jsonpatch from 'jsonpatch';
import { isRecord } from '../../../src/core/canonical-json.ts';

export type StoredJson = {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
};

/** One entry of etcd's history. */
export type HistoryEvent = {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly collection: string;
  readonly namespace: string;
  readonly object: StoredJson;
};

/** A Status (meta/v1) to be answered. */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason: string, message: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }

  get body(): object {
    const { code, reason, message } = this;
    return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message };
  }
}

/** Which object: `networking.k8s.io/v1/ingresses`, namespace, name. */
export type StoredRef = { readonly collection: string; readonly namespace: string; readonly name: string };

const keyOf = ({ collection, namespace, name }: StoredRef): string => `${collection}/${namespace}/${name}`;

/** RFC 7386. */
const merged = (target: unknown, patch: unknown): unknown => {
  if (!isRecord(patch)) return patch;
  const out: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else out[key] = merged(out[key], value);
  }
  return out;
};

const { apply_patch } = jsonpatch as unknown as {
  readonly apply_patch: (target: unknown, patch: unknown) => unknown;
};

/** A copy: the library changes what it is given. */
const applied = (patch: readonly unknown[], target: unknown): unknown =>
  apply_patch(structuredClone(target), patch);

/** Objects with revisions, conflicts and a history, as etcd and the API server keep them; without admission. */
export class SimulatedObjects {
  readonly #objects = new Map<string, { readonly ref: StoredRef; readonly json: StoredJson }>();
  readonly #listeners = new Set<(event: HistoryEvent) => void>();
  history: HistoryEvent[] = [];
  revision = 1;
  /** Watches from before this are too old. */
  compactedTo = 0;

  onEvent(listener: (event: HistoryEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets the history, as etcd does after five minutes. */
  compact(): void {
    // An event that nobody watches, so that "now" is later than all that was told.
    this.revision += 1;
    this.compactedTo = this.revision;
    this.history = [];
  }

  list(collection: string, namespace: string): readonly StoredJson[] {
    return [...this.#objects.values()]
      .filter(({ ref }) => ref.collection === collection && (namespace === '' || ref.namespace === namespace))
      .sort((a, b) => (keyOf(a.ref) < keyOf(b.ref) ? -1 : 1))
      .map(({ json }) => json);
  }

  get(ref: StoredRef): StoredJson {
    const found = this.#objects.get(keyOf(ref));
    if (found === undefined)
      throw new StatusError(404, 'NotFound', `${ref.collection} "${ref.name}" not found`);
    return found.json;
  }

  create(ref: StoredRef, json: unknown, dryRun = false): StoredJson {
    if (this.#objects.has(keyOf(ref))) {
      throw new StatusError(409, 'AlreadyExists', `${ref.collection} "${ref.name}" already exists`);
    }
    return this.#store('ADDED', ref, json, { uid: `uid-${this.revision}`, generation: 1 }, dryRun);
  }

  replace(ref: StoredRef, json: unknown, dryRun = false): StoredJson {
    const { uid, generation, resourceVersion } = this.get(ref).metadata;
    const wanted = isRecord(json) && isRecord(json.metadata) ? json.metadata.resourceVersion : undefined;
    if (wanted !== undefined && wanted !== resourceVersion) {
      throw new StatusError(409, 'Conflict', `${ref.collection} "${ref.name}": the object has been modified`);
    }
    return this.#store('MODIFIED', ref, json, { uid, generation: Number(generation) + 1 }, dryRun);
  }

  /** A list is a JSON Patch (RFC 6902), an object a merge patch (RFC 7386). */
  patch(ref: StoredRef, patch: unknown, dryRun = false): StoredJson {
    const patched = Array.isArray(patch) ? applied(patch, this.get(ref)) : merged(this.get(ref), patch);
    return this.replace(ref, patched, dryRun);
  }

  delete(ref: StoredRef, preconditions: Readonly<Record<string, unknown>>, dryRun = false): StoredJson {
    const json = this.get(ref);
    for (const [field, wanted] of Object.entries(preconditions)) {
      if (wanted !== undefined && json.metadata[field] !== wanted) {
        throw new StatusError(409, 'Conflict', `the ${field} in the precondition is not that of the object`);
      }
    }
    if (dryRun) return json;
    this.#objects.delete(keyOf(ref));
    return this.#tell('DELETED', ref, json);
  }

  #store(
    type: 'ADDED' | 'MODIFIED',
    ref: StoredRef,
    json: unknown,
    given: Readonly<Record<string, unknown>>,
    dryRun: boolean,
  ): StoredJson {
    const body = isRecord(json) ? json : {};
    const metadata = isRecord(body.metadata) ? body.metadata : {};
    const { namespace, name } = ref;
    const resourceVersion = String(this.revision);
    const stored = {
      ...body,
      metadata: { ...metadata, ...given, name, resourceVersion, ...(namespace === '' ? {} : { namespace }) },
    };
    if (!dryRun) return this.#tell(type, ref, stored);
    // What was not stored has no version.
    return type === 'ADDED' ? { ...stored, metadata: { ...stored.metadata, resourceVersion: '' } } : stored;
  }

  #tell(type: HistoryEvent['type'], ref: StoredRef, json: StoredJson): StoredJson {
    this.revision += 1;
    const object = { ...json, metadata: { ...json.metadata, resourceVersion: String(this.revision) } };
    if (type !== 'DELETED') this.#objects.set(keyOf(ref), { ref, json: object });
    const { collection, namespace } = ref;
    const event: HistoryEvent = { revision: this.revision, type, collection, namespace, object };
    this.history.push(event);
    for (const listener of [...this.#listeners]) listener(event);
    return object;
  }
}
