import type { Clock } from '../clock.ts';
import type { Kind, Named } from '../kind.ts';
import { BatchTimer } from './batch-timer.ts';
import { ChangeLog } from './change-log.ts';
import { Collection } from './collection.ts';
import type { ChangeBatch, StoreSet, UnreadableObject } from './object-store.ts';

export type KindsOf<Kinds extends Record<string, Named>> = {
  readonly [Name in keyof Kinds]: Kind<Kinds[Name]>;
};

/** A store set with the end that reflectors write to. */
export type WritableStores<Kinds extends Record<string, Named>> = {
  readonly set: StoreSet<Kinds>;
  readonly collections: { readonly [Name in keyof Kinds]: Collection<Kinds[Name]> };
  /** No batch is told after this. */
  readonly stop: () => void;
};

type StoreDeps = {
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly onUnreadable?: (object: UnreadableObject) => void;
};

type Shelf<T extends Named> = { readonly collection: Collection<T>; readonly log: ChangeLog<T> };

/** The same names with other values; TypeScript cannot follow a mapped type through `Object.entries`. */
const mapMembers = <From extends Readonly<Record<string, unknown>>, To extends Record<keyof From, unknown>>(
  from: From,
  map: (name: keyof From & string) => unknown,
): To => Object.fromEntries(Object.keys(from).map(name => [name, map(name)])) as To;

/** Empty stores for some kinds, which tell of their changes together. */
export const createStores = <Kinds extends Record<string, Named>>(
  kinds: KindsOf<Kinds>,
  { clock, onUnreadable = () => {} }: StoreDeps,
): WritableStores<Kinds> => {
  const listeners = new Set<(batch: ChangeBatch<Kinds>) => void>();
  const timer = new BatchTimer(clock, () => {
    const batch: ChangeBatch<Kinds> = mapMembers(shelves, name => {
      const { collection, log } = shelves[name];
      return log.take(ref => collection.get(ref));
    });
    if (Object.values(batch).every(changes => changes.length === 0)) return;
    for (const listener of [...listeners]) listener(batch);
  });
  const isSynced = (): boolean => Object.values(collections).every(({ synced }) => synced);
  const shelfOf = <T extends Named>(kind: Kind<T>): Shelf<T> => {
    const log = new ChangeLog<T>();
    const collection = new Collection<T>(kind.name, {
      onChange: (ref, before) => {
        log.note(ref, before);
        timer.arm();
      },
      onUnreadable,
      onSynced: () => {
        if (isSynced()) timer.release();
      },
    });
    return { collection, log };
  };
  const shelves: { readonly [Name in keyof Kinds]: Shelf<Kinds[Name]> } = mapMembers(kinds, name =>
    shelfOf(kinds[name]),
  );
  const collections: WritableStores<Kinds>['collections'] = mapMembers(
    shelves,
    name => shelves[name].collection,
  );
  return {
    set: {
      stores: collections,
      get synced() {
        return isSynced();
      },
      subscribe: listener => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    collections,
    stop: () => timer.stop(),
  };
};
