import type { Secret } from '../core/objects/secret.ts';
import { FollowedSecret } from './followed-secret.ts';
import type { ObjectRef } from './kind.ts';
import type { UnreadableObject } from './store/object-store.ts';
import type { ReflectorDeps, ReflectorStatus } from './watching/reflector-options.ts';

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
export const MAX_SECRETS = 2_048;
export const MAX_SECRETS_PER_NAMESPACE = 512;

const keyOf = ({ namespace, name }: ObjectRef): string => `${namespace}/${name}`;

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

/** Single Secrets of other namespaces, each asked for by its own name, so that nobody else's are ever seen. */
export class NamedSecrets implements FollowedSecrets {
  readonly #deps: NamedSecretsDeps;
  readonly #followed = new Map<string, FollowedSecret>();
  /** Asked for and not answered yet. */
  readonly #unanswered = new Set<string>();
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
    return [...this.#followed.values()].map(({ status }) => status);
  }

  /** How many are known; and whose latest version cannot be read. */
  get counts(): { readonly size: number; readonly unreadable: number } {
    const all = [...this.#followed.values()];
    return {
      size: all.filter(({ secret }) => secret !== undefined).length,
      unreadable: all.reduce((sum, { unreadable }) => sum + unreadable, 0),
    };
  }

  /** By namespace and name: those of which the API server has said that they are not there. */
  get absent(): ReadonlySet<string> {
    return new Set([...this.#followed].filter(([, { isAbsent }]) => isAbsent).map(([key]) => key));
  }

  *values(): IterableIterator<Secret> {
    for (const { secret } of this.#followed.values()) if (secret !== undefined) yield secret;
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
    this.#unanswered.add(key);
    const followed: FollowedSecret = new FollowedSecret(ref, {
      ...this.#deps,
      onChange: () => this.#listener?.secretChanged(ref, followed.secret),
      onAnswered: () => this.#answered(key),
    });
    this.#followed.set(key, followed);
    followed.start();
  }

  #answered(key: string): void {
    if (this.#unanswered.delete(key)) this.#listener?.secretsSettled();
  }

  #leave(key: string): void {
    const followed = this.#followed.get(key);
    this.#end(key);
    if (followed?.secret !== undefined) this.#listener?.secretChanged(followed.ref, undefined);
  }

  #end(key: string): void {
    const followed = this.#followed.get(key);
    if (followed === undefined) return;
    this.#followed.delete(key);
    this.#answered(key);
    const ended = followed.stop().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}
