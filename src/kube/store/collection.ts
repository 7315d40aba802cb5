import { isDeepStrictEqual } from 'node:util';
import type { Named, ObjectRef, Versioned } from '../kind.ts';
import type { Incoming } from '../watching/incoming.ts';
import type { ObjectSink } from '../watching/object-sink.ts';
import type { ObjectStore, UnreadableObject } from './object-store.ts';

type Slot<T> = Versioned<T> & { readonly uid: string };

export type CollectionListener<T> = {
  /** Something is not what it was; undefined: it was not there. */
  readonly onChange: (ref: ObjectRef, before: T | undefined) => void;
  /** Told once for each version of an object that cannot be read. */
  readonly onUnreadable: (object: UnreadableObject) => void;
  readonly onSynced: () => void;
};

/** No name of an object holds a slash. */
const keyOf = ({ namespace, name }: ObjectRef): string => `${namespace}/${name}`;

/**
 * The objects of one kind. An object whose new version cannot be read keeps its last good one, as a broken file
 * does in standalone (ADR 0008 and 0017); one of another uid is another object and keeps nothing.
 */
export class Collection<T extends Named> implements ObjectStore<T>, ObjectSink<T> {
  readonly #kind: string;
  readonly #listener: CollectionListener<T>;
  readonly #slots = new Map<string, Slot<T>>();
  readonly #unreadable = new Map<string, UnreadableObject>();
  #synced = false;

  constructor(kind: string, listener: CollectionListener<T>) {
    this.#kind = kind;
    this.#listener = listener;
  }

  get size(): number {
    return this.#slots.size;
  }

  get synced(): boolean {
    return this.#synced;
  }

  get unreadable(): readonly UnreadableObject[] {
    return [...this.#unreadable.values()];
  }

  get(ref: ObjectRef): T | undefined {
    return this.#slots.get(keyOf(ref))?.object;
  }

  versioned(ref: ObjectRef): Versioned<T> | undefined {
    return this.#slots.get(keyOf(ref));
  }

  *values(): IterableIterator<T> {
    for (const { object } of this.#slots.values()) yield object;
  }

  put(incoming: Incoming<T>): void {
    this.#put(keyOf(incoming), incoming);
  }

  remove(ref: ObjectRef): void {
    this.#remove(keyOf(ref));
  }

  replaceAll(all: Iterable<Incoming<T>>): void {
    const incoming = new Map<string, Incoming<T>>();
    for (const object of all) incoming.set(keyOf(object), object);
    // What nobody told us was deleted: the watch was away, or the event was lost.
    for (const key of [...this.#slots.keys(), ...this.#unreadable.keys()]) {
      if (!incoming.has(key)) this.#remove(key);
    }
    for (const [key, object] of incoming) this.#put(key, object);
    if (this.#synced) return;
    this.#synced = true;
    this.#listener.onSynced();
  }

  #put(key: string, incoming: Incoming<T>): void {
    const { namespace, name, uid, resourceVersion, generation, parsed } = incoming;
    const known = this.#slots.get(key);
    if (!parsed.ok) {
      if (known !== undefined && known.uid !== uid) this.#forget(key, known);
      this.#noteUnreadable(key, {
        kind: this.#kind,
        namespace,
        name,
        resourceVersion,
        problems: parsed.problems,
        keepsLastGood: known?.uid === uid,
      });
      return;
    }
    this.#unreadable.delete(key);
    const same = known !== undefined && isDeepStrictEqual(known.object, parsed.value);
    // The very same object where nothing that we read has changed: others compare by identity.
    const object = same ? known.object : parsed.value;
    this.#slots.set(key, { object, uid, resourceVersion, generation });
    if (!same) this.#listener.onChange({ namespace, name }, known?.object);
  }

  #noteUnreadable(key: string, object: UnreadableObject): void {
    const told = this.#unreadable.get(key)?.resourceVersion === object.resourceVersion;
    this.#unreadable.set(key, object);
    if (!told) this.#listener.onUnreadable(object);
  }

  #remove(key: string): void {
    this.#unreadable.delete(key);
    const known = this.#slots.get(key);
    if (known !== undefined) this.#forget(key, known);
  }

  #forget(key: string, { object }: Slot<T>): void {
    this.#slots.delete(key);
    const { namespace, name } = object.metadata;
    this.#listener.onChange({ namespace, name }, object);
  }
}
