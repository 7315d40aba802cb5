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

/** All names of the job are of this domain. */
export const DOMAIN = 'bench.test';

/** The host whose `web` backend is swapped while others are asked. */
export const CHANGING_HOST = `changing.${DOMAIN}`;

export const hostNames = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `shop-${index}.${DOMAIN}`);

/** Upstream names shared by the configurations: `web_stable`. */
export const upstreamName = (pool: PoolName, track: Track): string => `${pool}_${track}`;

/**
 * How the load of a scenario reaches a contender: HTTP/1.1 in clear or over TLS, HTTP/2 over TLS or in clear with prior
 * knowledge, or bytes that are relayed as they are. The proof that the whole job is done goes the same way.
 */
export type Entry = 'http' | 'https' | 'h2' | 'h2c' | 'tcp';

export const ENTRIES: readonly Entry[] = ['http', 'https', 'h2', 'h2c', 'tcp'];

export const isOverTls = (entry: Entry): boolean => entry === 'https' || entry === 'h2';

/** One certificate for all names of the job and for all contenders: ECDSA P-256. */
export type ServingFiles = {
  readonly certificate: string;
  readonly key: string;
  readonly paths: { readonly certificate: string; readonly key: string; readonly both: string };
};

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
  readonly entry: Entry;
  /** Relays only: `port` leads to the pool `web`, this one to the pool `body`. */
  readonly bodyPort: number;
  readonly serving: ServingFiles;
  readonly job: Job;
  readonly own: OwnSettings;
};

export type Relay = Pick<LaunchSpec, 'port' | 'bodyPort' | 'job'>;

/** Where a relay listens for each pool, and where it leads: no ticket can be read there, so to the stable track. */
export const relayPorts = ({
  port,
  bodyPort,
  job,
}: Relay): readonly { readonly pool: PoolName; readonly port: number; readonly target: number }[] => [
  { pool: 'web', port, target: job.ports.web.stable },
  { pool: 'body', port: bodyPort, target: job.ports.body.stable },
];

export type Contender = {
  readonly name: string;
  readonly about: string;
  /** What it can be reached by; it takes no part in scenarios of other entries. */
  readonly entries: readonly Entry[];
  /** What is installed; undefined where nothing is. */
  readonly version: () => Promise<string | undefined>;
  readonly prepare: (spec: LaunchSpec) => Promise<Launch>;
};
