/** What every contender is configured for; the same job for each, or the comparison says nothing. */
export type Job = {
  readonly hosts: readonly string[];
  /** The port of the one endpoint of each pool and track. */
  readonly ports: Readonly<Record<PoolName, Readonly<Record<Track, number>>>>;
};

/** `web` answers, `body` reads bodies to their end and echoes WebSockets. */
export type PoolName = 'web' | 'body';
export type Track = 'stable' | 'edge';

export const POOL_NAMES: readonly PoolName[] = ['web', 'body'];
export const TRACKS: readonly Track[] = ['stable', 'edge'];

/** Paths below these go to the pool `body`, all others to `web`. */
export const BODY_PATHS: readonly string[] = ['/upload', '/ws'];

/** A request that carries it is led to the edge of its pool. */
export const TICKET = { name: 'foo', value: 'bar' } as const;

/** The host whose `web` backend is swapped while others are asked. */
export const CHANGING_HOST = 'changing.bench.test';

export const hostNames = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `shop-${index}.bench.test`);

/** Upstream names shared by the configurations: `web_stable`. */
export const upstreamName = (pool: PoolName, track: Track): string => `${pool}_${track}`;

/** A peer of the kind `direct` has no proxy at all; it shows what generator and origin cost by themselves. */
export type Launch = {
  readonly command: readonly string[];
  /** Leads the changing host's unmarked requests to this track's endpoint; null where the contender cannot without a restart. */
  readonly changeHost: ((track: Track) => Promise<void>) | null;
  /** True for a server that has no route for what it is not asked to do: nothing is to be verified. */
  readonly isOrigin?: boolean;
  /** Where health is asked for; undefined where there is no such port. */
  readonly adminPort?: number;
};

/** What only ours is told, in scenarios that measure it alone. */
export type OwnSettings = {
  readonly flags: readonly string[];
  /** Tried before the job's own ticket. */
  readonly tickets: readonly object[];
};

export const NO_OWN_SETTINGS: OwnSettings = { flags: [], tickets: [] };

export type LaunchSpec = {
  /** An empty folder of its own. */
  readonly folder: string;
  readonly port: number;
  readonly job: Job;
  readonly own: OwnSettings;
};

export type Contender = {
  readonly name: string;
  readonly about: string;
  /** What is installed; undefined where nothing is. */
  readonly version: () => Promise<string | undefined>;
  readonly prepare: (spec: LaunchSpec) => Promise<Launch>;
};
