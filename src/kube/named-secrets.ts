import type { Secret } from '../core/objects/secret.ts';
import type { ObjectRef } from './kind.ts';
import { SECRET } from './kinds.ts';
import { Collection } from './store/collection.ts';
import type { UnreadableObject } from './store/object-store.ts';
import { Reflector } from './watching/reflector.ts';
import type { ReflectorDeps, ReflectorStatus, Trouble } from './watching/reflector-options.ts';

export type NamedSecretsDeps = ReflectorDeps & {
  readonly onUnreadable?: (object: UnreadableObject) => void;
};

export type SecretListener = {
  /** One is not what it was; undefined: not there, or not ours to read. */
  secretChanged(ref: ObjectRef, secret: Secret | undefined): void;
  /** One was answered for the first time, so `settled` may have become true. */
  secretsSettled(): void;
};

/** Secrets by name, whoever keeps them. */
export interface FollowedSecrets {
  /** These and no others. */
  follow(wanted: Iterable<ObjectRef>): void;
  values(): Iterable<Secret>;
  /** True if each has been answered, be it by a refusal. */
  readonly settled: boolean;
  listen(listener: SecretListener): void;
}

/** Each costs a connection to the API server, and whoever writes Ingresses decides how many there are. */
export const MAX_SECRETS = 1_024;
export const MAX_SECRETS_PER_NAMESPACE = 32;

/**
 * A refusal for as long as that was meant: an API server that has just started refuses for a moment, since it has
 * not read its own rules yet.
 */
export const FORBIDDEN_FOR_MS = 60_000;

const keyOf = ({ namespace, name }: ObjectRef): string => `${namespace}/${name}`;

type Followed = {
  readonly ref: ObjectRef;
  readonly collection: Collection<Secret>;
  readonly reflector: Reflector<Secret>;
};

const nth = (counts: Map<string, number>, name: string): number => {
  const count = (counts.get(name) ?? 0) + 1;
  counts.set(name, count);
  return count;
};

/** As many as are followed; by name, so that every router leaves out the same. */
export const boundedSecrets = (wanted: Iterable<ObjectRef>): ReadonlyMap<string, ObjectRef> => {
  const counts = new Map<string, number>();
  const sorted = [...new Map([...wanted].map(ref => [keyOf(ref), ref]))].sort(([a], [b]) => (a < b ? -1 : 1));
  const fair = sorted.filter(([, { namespace }]) => nth(counts, namespace) <= MAX_SECRETS_PER_NAMESPACE);
  return new Map(fair.slice(0, MAX_SECRETS));
};

/**
 * Single Secrets of other namespaces, each by a list and watch of its own name: so a Role that names just this Secret
 * is enough (RBAC takes `metadata.name=` for its resourceNames), and nobody else's are ever seen. What was read
 * stays known while the API server is away, and is forgotten once it has refused us for a while.
 */
export class NamedSecrets implements FollowedSecrets {
  readonly #deps: NamedSecretsDeps;
  readonly #followed = new Map<string, Followed>();
  /** Asked for and not answered yet. */
  readonly #unanswered = new Set<string>();
  readonly #refusedSince = new Map<string, number>();
  readonly #ending = new Set<Promise<void>>();
  #listener: SecretListener | null = null;

  constructor(deps: NamedSecretsDeps) {
    this.#deps = deps;
  }

  listen(listener: SecretListener): void {
    this.#listener = listener;
  }

  get settled(): boolean {
    return this.#unanswered.size === 0;
  }

  get statuses(): readonly ReflectorStatus[] {
    return [...this.#followed.values()].map(({ reflector }) => reflector.status);
  }

  /** How many are known; and whose latest version cannot be read. */
  get counts(): { readonly size: number; readonly unreadable: number } {
    const collections = [...this.#followed.values()].map(({ collection }) => collection);
    return {
      size: collections.reduce((sum, { size }) => sum + size, 0),
      unreadable: collections.reduce((sum, { unreadable }) => sum + unreadable.length, 0),
    };
  }

  *values(): IterableIterator<Secret> {
    for (const { collection } of this.#followed.values()) yield* collection.values();
  }

  follow(wanted: Iterable<ObjectRef>): void {
    const refs = boundedSecrets(wanted);
    for (const key of [...this.#followed.keys()]) if (!refs.has(key)) this.#leave(key);
    for (const [key, ref] of refs) if (!this.#followed.has(key)) this.#begin(key, ref);
  }

  /** Resolves when no watch is open. */
  async stop(): Promise<void> {
    for (const key of [...this.#followed.keys()]) this.#end(key);
    await Promise.all(this.#ending);
  }

  #begin(key: string, ref: ObjectRef): void {
    const { onUnreadable = () => {}, onTrouble } = this.#deps;
    this.#unanswered.add(key);
    const collection = new Collection<Secret>(SECRET.name, {
      onChange: changed => {
        this.#refusedSince.delete(key);
        this.#listener?.secretChanged(changed, collection.get(changed));
      },
      onUnreadable,
      onSynced: () => this.#answered(key),
    });
    const selection = { namespace: ref.namespace, fieldSelector: `metadata.name=${ref.name}` };
    const reflector = new Reflector(SECRET, selection, collection, {
      ...this.#deps,
      onTrouble: trouble => {
        this.#noteTrouble(key, trouble);
        onTrouble?.({ ...trouble, kind: `Secret ${key}` });
      },
    });
    this.#followed.set(key, { ref, collection, reflector });
    reflector.start();
  }

  #noteTrouble(key: string, { end }: Trouble): void {
    const followed = this.#followed.get(key);
    if (followed === undefined) return;
    this.#answered(key);
    if (end !== 'forbidden') {
      this.#refusedSince.delete(key);
      return;
    }
    const nowMs = this.#deps.clock.now();
    const sinceMs = this.#refusedSince.get(key) ?? nowMs;
    this.#refusedSince.set(key, sinceMs);
    if (nowMs - sinceMs < FORBIDDEN_FOR_MS || followed.collection.size === 0) return;
    // From the beginning: a watch that goes on where the last one ended would not tell again of what is forgotten.
    this.#leave(key);
    this.#begin(key, followed.ref);
  }

  #answered(key: string): void {
    if (this.#unanswered.delete(key)) this.#listener?.secretsSettled();
  }

  #leave(key: string): void {
    const followed = this.#followed.get(key);
    this.#end(key);
    if (followed?.collection.get(followed.ref) !== undefined)
      this.#listener?.secretChanged(followed.ref, undefined);
  }

  #end(key: string): void {
    const followed = this.#followed.get(key);
    if (followed === undefined) return;
    this.#followed.delete(key);
    this.#refusedSince.delete(key);
    this.#answered(key);
    const ended = followed.reflector.stop().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}
