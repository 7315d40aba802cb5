import type { Secret } from '../core/objects/secret.ts';
import type { ApiFailure } from './api-outcome.ts';
import { callApi } from './connection/call-api.ts';
import { queryText, resourcePath } from './connection/resource-path.ts';
import type { ObjectRef } from './kind.ts';
import { SECRET } from './kinds.ts';
import { Collection } from './store/collection.ts';
import type { UnreadableObject } from './store/object-store.ts';
import { type Incoming, readIncoming } from './watching/incoming.ts';
import type { ObjectSink } from './watching/object-sink.ts';
import { Reflector } from './watching/reflector.ts';
import type { ReflectorDeps, ReflectorStatus, Trouble } from './watching/reflector-options.ts';

export type FollowedSecretDeps = ReflectorDeps & {
  readonly onUnreadable?: (object: UnreadableObject) => void;
  /** It is not what it was. */
  readonly onChange: () => void;
  /** It was answered, be it by a refusal; may be told again. */
  readonly onAnswered: () => void;
};

/**
 * A refusal for as long as that was meant: an API server that has just started refuses for a moment, since it has
 * not read its own rules yet.
 */
export const FORBIDDEN_FOR_MS = 60_000;

/** Whoever may get and not watch asks so often, and each tenth time for the watch; a renewed certificate can wait a minute. */
export const GET_AGAIN_MS = 60_000;
const GETS_FOR_A_WATCH = 10;

const GET_TIMEOUT_MS = 30_000;
const API_VERSION = 'v1';

/**
 * One Secret by its name: by a list and watch of that name, so that a Role that names just this Secret is enough (RBAC
 * takes `metadata.name=` for its resourceNames); where that is refused, by `get`, again and again, which the overlay
 * `tls-all-namespaces` allows. What was read stays known while the API server is away, and is forgotten once it has
 * refused us for a while.
 */
export class FollowedSecret {
  readonly ref: ObjectRef;
  readonly #deps: FollowedSecretDeps;
  readonly #collection: Collection<Secret>;
  readonly #sink: ObjectSink<Secret>;
  readonly #stopper = new AbortController();
  readonly #ending = new Set<Promise<void>>();
  #reflector: Reflector<Secret>;
  /** When we were refused first and last, with no good word between. */
  #refused: { readonly sinceMs: number; readonly lastMs: number } | null = null;
  #mode: 'watch' | 'get' = 'watch';
  #isGetting = false;
  #gets = 0;
  #cancelGet: (() => void) | null = null;

  constructor(ref: ObjectRef, deps: FollowedSecretDeps) {
    this.ref = ref;
    this.#deps = deps;
    this.#collection = new Collection<Secret>(SECRET.name, {
      onChange: () => deps.onChange(),
      onUnreadable: object => deps.onUnreadable?.(object),
      onSynced: () => deps.onAnswered(),
    });
    this.#sink = {
      replaceAll: all => this.#takeAll(all),
      put: incoming => this.#collection.put(incoming),
      remove: gone => this.#collection.remove(gone),
    };
    this.#reflector = this.#newReflector();
  }

  get secret(): Secret | undefined {
    return this.#collection.get(this.ref);
  }

  /** The API server has said that there is none, not that it is none of our business. */
  get isAbsent(): boolean {
    const { synced, size, unreadable } = this.#collection;
    return synced && size + unreadable.length === 0 && this.#refusal === null;
  }

  get unreadable(): number {
    return this.#collection.unreadable.length;
  }

  get status(): ReflectorStatus {
    return this.#reflector.status;
  }

  start(): void {
    this.#reflector.start();
  }

  /** Resolves when nothing is open; nothing is told after this is called. */
  async stop(): Promise<void> {
    this.#stopper.abort();
    this.#cancelGet?.();
    this.#endWatch();
    await Promise.all(this.#ending);
  }

  /** A watch that was open since shows that the refusal is over. */
  get #refusal(): { readonly sinceMs: number } | null {
    const { lastContactAt } = this.status;
    return this.#refused === null || (lastContactAt ?? 0) > this.#refused.lastMs ? null : this.#refused;
  }

  #newReflector(): Reflector<Secret> {
    const { namespace, name } = this.ref;
    const selection = { namespace, fieldSelector: `metadata.name=${name}` };
    const reflector: Reflector<Secret> = new Reflector(SECRET, selection, this.#sink, {
      ...this.#deps,
      onTrouble: trouble => {
        if (reflector !== this.#reflector || this.#stopper.signal.aborted) return;
        this.#noteTrouble(trouble);
        this.#deps.onTrouble?.({ ...trouble, kind: `Secret ${namespace}/${name}` });
      },
    });
    return reflector;
  }

  #noteTrouble({ end }: Trouble): void {
    if (end === 'forbidden') void this.#get();
    else this.#noteFailure();
  }

  async #get(): Promise<void> {
    if (this.#isGetting) return;
    this.#isGetting = true;
    const { connection, clock } = this.#deps;
    // Out of the API server's memory: whoever asks this often need not know of the last second.
    const path = `${resourcePath(SECRET, API_VERSION, this.ref)}${queryText({ resourceVersion: '0' })}`;
    const answer = await callApi(
      { method: 'GET', path },
      { transport: connection.transport, clock, timeoutMs: GET_TIMEOUT_MS, signal: this.#stopper.signal },
    );
    this.#isGetting = false;
    // The watch may have come to be open meanwhile, and knows better.
    if (this.#stopper.signal.aborted || this.#reflector.status.watching) return;
    if (answer.ok) this.#takeGot(answer.value);
    else this.#takeRefusal(answer.failure);
  }

  /** All that there is, which whoever is refused is not told. */
  #takeAll(all: Iterable<Incoming<Secret>>): void {
    const wasRefused = this.#refused !== null;
    this.#refused = null;
    this.#collection.replaceAll(all);
    // That it is not there was not known before.
    if (wasRefused && this.isAbsent) this.#deps.onChange();
  }

  #takeGot(json: unknown): void {
    const incoming = json === null ? null : readIncoming(SECRET, API_VERSION, json);
    this.#endWatch();
    this.#mode = 'get';
    this.#takeAll(incoming === null ? [] : [incoming]);
    this.#getAgain();
  }

  #takeRefusal({ kind }: ApiFailure): void {
    if (kind === 'notFound') this.#takeGot(null);
    else if (kind === 'forbidden') this.#noteForbidden();
    else {
      this.#noteFailure();
      if (this.#mode === 'get') this.#getAgain();
    }
  }

  /** Nobody has said no. */
  #noteFailure(): void {
    this.#refused = null;
    this.#deps.onAnswered();
  }

  #noteForbidden(): void {
    const nowMs = this.#deps.clock.now();
    const sinceMs = this.#refusal?.sinceMs ?? nowMs;
    this.#refused = { sinceMs, lastMs: nowMs };
    this.#deps.onAnswered();
    const isForgotten = nowMs - sinceMs >= FORBIDDEN_FOR_MS && this.#collection.size > 0;
    if (isForgotten) this.#collection.replaceAll([]);
    // From the beginning: a watch that goes on where the last one ended would not tell again of what is forgotten.
    if (isForgotten || this.#mode === 'get') this.#watchAgain();
  }

  #getAgain(): void {
    const { clock, random } = this.#deps;
    this.#cancelGet = clock.after(GET_AGAIN_MS * (0.5 + random()), () => {
      this.#gets += 1;
      if (this.#gets % GETS_FOR_A_WATCH === 0) this.#watchAgain();
      else void this.#get();
    });
  }

  #watchAgain(): void {
    this.#endWatch();
    this.#mode = 'watch';
    this.#reflector = this.#newReflector();
    this.#reflector.start();
  }

  #endWatch(): void {
    const ended = this.#reflector.stop().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}
