import type { WatchFacts } from '../admin/watch-families.ts';
import type { Named } from '../kube/kind.ts';
import type { NamedSecrets } from '../kube/named-secrets.ts';
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

const sums = (tallies: readonly ReadonlyMap<string, number>[]): Readonly<Record<string, number>> => {
  const sum: Record<string, number> = {};
  for (const tally of tallies) for (const [name, count] of tally) sum[name] = (sum[name] ?? 0) + count;
  return sum;
};

/**
 * All Secrets that are followed by name, as one kind; nothing where there are none. Nothing is said of their
 * silence: that of one that nobody lets us read is as it should be.
 */
export const secretFacts = ({
  statuses,
  settled,
  counts: { size, unreadable },
}: Pick<NamedSecrets, 'statuses' | 'settled' | 'counts'>): readonly WatchFacts[] => {
  if (statuses.length === 0) return [];
  const counts = statuses.map(status => status.counts);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return [
    {
      kind: 'Secret',
      isSynced: settled,
      isWatching: statuses.every(({ watching }) => watching),
      silentSeconds: null,
      failuresInRow: Math.max(...statuses.map(({ failures }) => failures)),
      objects: size,
      unreadable,
      lists: sum(counts.map(({ lists }) => lists)),
      watches: sum(counts.map(({ watches }) => watches)),
      listFailures: sums(counts.map(({ listFailures }) => listFailures)),
      watchEnds: sums(counts.map(({ ends }) => ends)),
      events: sums(counts.map(({ events }) => events)),
      drops: sums(counts.map(({ drops }) => drops)),
    },
  ];
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
