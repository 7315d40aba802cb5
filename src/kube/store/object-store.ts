import type { Problem } from '../../core/problem.ts';
import type { Named, ObjectRef, Versioned } from '../kind.ts';

/** One object of a kind that is not what it was; `before` and `after` are never both undefined. */
export type Change<T> = ObjectRef & {
  /** As of the last batch; undefined: it is new. */
  readonly before: T | undefined;
  /** Undefined: it is gone. */
  readonly after: T | undefined;
};

/**
 * The objects of one kind as far as we know them. What the server tells but nobody reads (managedFields,
 * status, last-applied) is not kept, and a change of it alone is no change.
 */
export interface ObjectStore<T extends Named> {
  readonly size: number;
  get(ref: ObjectRef): T | undefined;
  /** With the versions that a precondition takes. */
  versioned(ref: ObjectRef): Versioned<T> | undefined;
  values(): IterableIterator<T>;
  /** True once everything has been listed; stays true when the server goes away. */
  readonly synced: boolean;
  /** Objects whose latest version our parser refuses. */
  readonly unreadable: readonly UnreadableObject[];
}

/** An object that is stored in the cluster and that our parser refuses. */
export type UnreadableObject = ObjectRef & {
  readonly kind: string;
  readonly resourceVersion: string;
  readonly problems: readonly Problem[];
  /** Its last good version is in force; otherwise it counts as not there. */
  readonly keepsLastGood: boolean;
};

/** Everything that changed since the last batch, by kind; an object that came and went between is in none. */
export type ChangeBatch<Kinds extends Record<string, Named>> = {
  readonly [Name in keyof Kinds]: readonly Change<Kinds[Name]>[];
};

/** Several kinds that are read together. */
export interface StoreSet<Kinds extends Record<string, Named>> {
  readonly stores: { readonly [Name in keyof Kinds]: ObjectStore<Kinds[Name]> };
  /** True once all kinds are. Before, nobody is told of anything, so that nobody acts on half a cluster. */
  readonly synced: boolean;
  /**
   * Tells of changes in batches: the first at once, what follows within 50 ms together. Whoever subscribes
   * reads `stores` first if `synced`; otherwise its first batch holds everything.
   */
  subscribe(listener: (batch: ChangeBatch<Kinds>) => void): () => void;
}
