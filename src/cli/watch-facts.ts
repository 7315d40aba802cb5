import type { WatchFacts } from '../admin/watch-families.ts';
import type { Named } from '../kube/kind.ts';
import type { WatchedKinds } from '../kube/watch-kinds.ts';

/** One for each kind, in the order in which they are watched. */
export const watchFacts = <Kinds extends Record<string, Named>>(
  { statuses, stores }: Pick<WatchedKinds<Kinds>, 'statuses' | 'stores'>,
  nowMs: number,
): readonly WatchFacts[] => {
  const all = Object.values(stores);
  return statuses.map(({ kind, synced, watching, lastContactAt, failures, counts }, nth): WatchFacts => {
    const store = all[nth];
    return {
      kind,
      isSynced: synced,
      isWatching: watching,
      silentSeconds: lastContactAt === null ? null : Math.max(0, nowMs - lastContactAt) / 1000,
      failuresInRow: failures,
      objects: store?.size ?? 0,
      unreadable: store?.unreadable.length ?? 0,
      lists: counts.lists,
      watches: counts.watches,
      listFailures: Object.fromEntries(counts.listFailures),
      watchEnds: Object.fromEntries(counts.ends),
      events: Object.fromEntries(counts.events),
      drops: Object.fromEntries(counts.drops),
    };
  });
};

/** A bookmark comes once a minute, and a watch without one for 90 s is begun anew. */
const SILENT_SECONDS = 120;

/**
 * Says which kinds may be stale, for a /readyz that stays 200; null: none. One line for strangers: what exactly
 * failed stands in the log.
 */
export const staleness = (kinds: readonly WatchFacts[]): string | null => {
  const stale = kinds.filter(
    ({ isSynced, isWatching, silentSeconds, failuresInRow }) =>
      !isSynced || (!isWatching && failuresInRow > 0) || (silentSeconds ?? 0) > SILENT_SECONDS,
  );
  if (stale.length === 0) return null;
  const silent = stale.map(({ kind, silentSeconds }) =>
    silentSeconds === null ? `${kind} (never read)` : `${kind} (${Math.floor(silentSeconds)} s)`,
  );
  return `the API server does not tell of ${silent.join(', ')}`;
};
