import type { MetricFamily, Sample } from './metric-family.ts';

/** One kind of object that a role follows in a cluster. */
export type WatchFacts = {
  readonly kind: string;
  /** Everything has been read once. */
  readonly isSynced: boolean;
  /** A watch is open. */
  readonly isWatching: boolean;
  /** Since the API server said something of this kind, be it that nothing happens; null: it never has. */
  readonly silentSeconds: number | null;
  /** Lists and watches that failed in a row; begins anew with a watch that has lived. */
  readonly failuresInRow: number;
  readonly objects: number;
  /** Objects whose latest version cannot be read. */
  readonly unreadable: number;
  readonly lists: number;
  readonly watches: number;
  readonly listFailures: Readonly<Record<string, number>>;
  readonly watchEnds: Readonly<Record<string, number>>;
  readonly events: Readonly<Record<string, number>>;
  readonly drops: Readonly<Record<string, number>>;
};

type WatchFamily = MetricFamily<readonly WatchFacts[]>;

const ofEach =
  (value: (facts: WatchFacts) => number | null) =>
  (kinds: readonly WatchFacts[]): readonly Sample[] =>
    kinds.flatMap(facts => {
      const now = value(facts);
      return now === null ? [] : [{ labels: { kind: facts.kind }, value: now }];
    });

const ofEachBy =
  (labelName: string, values: (facts: WatchFacts) => Readonly<Record<string, number>>) =>
  (kinds: readonly WatchFacts[]): readonly Sample[] =>
    kinds.flatMap(facts =>
      Object.entries(values(facts)).map(([label, value]) => ({
        labels: { kind: facts.kind, [labelName]: label },
        value,
      })),
    );

/** What a role that follows a cluster knows of each kind, and how it came by it. */
export const WATCH_FAMILIES: readonly WatchFamily[] = [
  {
    kind: 'gauge',
    name: 'sluice_watch_synced',
    labelNames: ['kind'],
    help: '1 once all objects of the kind have been read; it stays 1 while the API server is away.',
    samples: ofEach(({ isSynced }) => Number(isSynced)),
  },
  {
    kind: 'gauge',
    name: 'sluice_watch_open',
    labelNames: ['kind'],
    help: '1 while a watch of the kind is open; for a moment it is 0 whenever one ends in its time.',
    samples: ofEach(({ isWatching }) => Number(isWatching)),
  },
  {
    kind: 'gauge',
    name: 'sluice_watch_silent_seconds',
    labelNames: ['kind'],
    help: 'Since the API server said something of the kind last, be it that nothing happens, which it does once a minute.',
    samples: ofEach(({ silentSeconds }) => silentSeconds),
  },
  {
    kind: 'gauge',
    name: 'sluice_watch_failures_in_row',
    labelNames: ['kind'],
    help: 'Lists and watches of the kind that failed in a row; it is 0 again once a watch has lived for a while and ended well.',
    samples: ofEach(({ failuresInRow }) => failuresInRow),
  },
  {
    kind: 'gauge',
    name: 'sluice_watch_objects',
    labelNames: ['kind'],
    help: 'Objects of the kind that are known.',
    samples: ofEach(({ objects }) => objects),
  },
  {
    kind: 'gauge',
    name: 'sluice_watch_unreadable_objects',
    labelNames: ['kind'],
    help: 'Objects of the kind whose latest version cannot be read; the last good one is in force.',
    samples: ofEach(({ unreadable }) => unreadable),
  },
  {
    kind: 'counter',
    name: 'sluice_watch_lists_total',
    labelNames: ['kind'],
    help: 'Times that all objects of the kind were read; all but the first are repairs.',
    samples: ofEach(({ lists }) => lists),
  },
  {
    kind: 'counter',
    name: 'sluice_watch_list_failures_total',
    labelNames: ['kind', 'reason'],
    help: 'Such reads that failed.',
    samples: ofEachBy('reason', ({ listFailures }) => listFailures),
  },
  {
    kind: 'counter',
    name: 'sluice_watch_opened_total',
    labelNames: ['kind'],
    help: 'Watches of the kind that were opened.',
    samples: ofEach(({ watches }) => watches),
  },
  {
    kind: 'counter',
    name: 'sluice_watch_ended_total',
    labelNames: ['kind', 'reason'],
    help: 'Watches of the kind that ended; closed is the usual end, idle one that had died silently.',
    samples: ofEachBy('reason', ({ watchEnds }) => watchEnds),
  },
  {
    kind: 'counter',
    name: 'sluice_watch_events_total',
    labelNames: ['kind', 'type'],
    help: 'Events of watches, by their type.',
    samples: ofEachBy('type', ({ events }) => events),
  },
  {
    kind: 'counter',
    name: 'sluice_watch_drops_total',
    labelNames: ['kind', 'reason'],
    help: 'Objects that were left out: unreadable, nameless, or repeated, which is harmless.',
    samples: ofEachBy('reason', ({ drops }) => drops),
  },
];
