import type { Named } from './kind.ts';
import { createStores, type KindsOf } from './store/create-stores.ts';
import type { StoreSet, UnreadableObject } from './store/object-store.ts';
import { Reflector } from './watching/reflector.ts';
import type { ReflectorDeps, ReflectorStatus, Selection } from './watching/reflector-options.ts';

export type WatchOptions<Kinds extends Record<string, Named>> = ReflectorDeps & {
  /** Which objects of a kind; all of them where it is not named. */
  readonly selections?: { readonly [Name in keyof Kinds]?: Selection };
  /** Told once for each version of an object that cannot be read. */
  readonly onUnreadable?: (object: UnreadableObject) => void;
};

/** Some kinds of a cluster, kept as they are there. */
export type WatchedKinds<Kinds extends Record<string, Named>> = StoreSet<Kinds> & {
  /** One for each kind, in the order in which they were given. */
  readonly statuses: readonly ReflectorStatus[];
  readonly start: () => void;
  /** Resolves when no watch is open and nobody is told of anything any more; the stores stay as they are. */
  readonly stop: () => Promise<void>;
};

/** Keeps stores of some kinds at what the API server has. Nothing is asked before `start`. */
export const watchKinds = <Kinds extends Record<string, Named>>(
  kinds: KindsOf<Kinds>,
  options: WatchOptions<Kinds>,
): WatchedKinds<Kinds> => {
  const { selections, onUnreadable, clock } = options;
  const { set, collections, stop } = createStores<Kinds>(kinds, {
    clock,
    ...(onUnreadable === undefined ? {} : { onUnreadable }),
  });
  const reflectors = Object.keys(kinds).map((name: keyof Kinds) => {
    return new Reflector(kinds[name], selections?.[name] ?? {}, collections[name], options);
  });
  return {
    stores: set.stores,
    get synced() {
      return set.synced;
    },
    subscribe: set.subscribe,
    get statuses() {
      return reflectors.map(({ status }) => status);
    },
    start: () => {
      for (const reflector of reflectors) reflector.start();
    },
    stop: async () => {
      stop();
      await Promise.all(reflectors.map(reflector => reflector.stop()));
    },
  };
};
