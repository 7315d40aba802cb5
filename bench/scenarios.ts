import { type Entry, NO_OWN_SETTINGS, type OwnSettings, type PoolName } from './job.ts';
import { type RequestKind, STORY_NAME } from './load/request-text.ts';

/** How load is put on. */
export type Load =
  /** wrk: every connection asks again as soon as it has its answer. */
  | { readonly kind: 'peak' }
  /** Open loop, at a share of the lowest peak of these contenders, measured before each round. */
  | { readonly kind: 'share-of-peak'; readonly share: number; readonly of: readonly string[] }
  /** Open loop at a given number of WebSocket messages a second. */
  | { readonly kind: 'messages'; readonly ratePerSecond: number }
  /** h2load: so many new connections a second, each with a full handshake and one request. */
  | { readonly kind: 'handshakes'; readonly ratePerSecond: number }
  /** Open loop at a given number of requests a second. */
  | { readonly kind: 'requests'; readonly ratePerSecond: number };

export type Scenario = {
  readonly name: string;
  readonly about: string;
  readonly entry: Entry;
  readonly request: RequestKind;
  readonly connections: number;
  /** What each connection waits before it asks again, where generator and origin would otherwise be the bottleneck. */
  readonly pauseMs: number;
  readonly load: Load;
  /** Hosts in the table, asked uniformly. */
  readonly hosts: number;
  readonly pool: PoolName;
  /** Null: all contenders side by side. Else ours alone, with these numbers of hosts side by side. */
  readonly ownHostCounts: readonly number[] | null;
  readonly measures: 'cost' | 'busy-memory' | 'idle-memory' | 'overload' | 'noise';
  readonly own: OwnSettings;
  /** True: one host's backend is swapped once a second; contenders that need a restart for it stand aside. */
  readonly changesHosts: boolean;
};

const base = {
  entry: 'http',
  request: 'get',
  connections: 64,
  pauseMs: 0,
  load: { kind: 'peak' },
  hosts: 10,
  pool: 'web',
  ownHostCounts: null,
  changesHosts: false,
  measures: 'cost',
  own: NO_OWN_SETTINGS,
} as const satisfies Partial<Scenario>;

const scenario = (
  name: string,
  about: string,
  differing: Partial<Omit<Scenario, 'name' | 'about'>> = {},
): Scenario => ({ ...base, name, about, ...differing });

/** Of the native proxies and ours: at a rate that a Node proxy reaches, all others would mostly sleep. */
const EQUAL_RATE: Load = { kind: 'share-of-peak', share: 0.7, of: ['ours', 'haproxy', 'nginx'] };

/** A handshake costs its client about as much as its server: with this many neither core is full. */
const HANDSHAKES = 500;

/** Little enough that a core has room for the noise. */
const NEIGHBOURS = 3_000;

/** Expensive on purpose: three times what a plain GET allows is more than one core can ask for. */
const COSTLY_TICKETS = Array.from({ length: 48 }, (_, index) => ({
  header: { [STORY_NAME]: { regex: `(?:to|from) the (?:end|start) of (?:chapter|part) ${index}[a-z]+$` } },
}));

export const SCENARIOS: readonly Scenario[] = [
  scenario('get-64', 'small GET, 64 connections, as fast as it goes'),
  scenario(
    'get-64-rate',
    'small GET, 64 connections, all at one rate: 70 % of the lowest peak of ours, HAProxy and nginx',
    {
      load: EQUAL_RATE,
    },
  ),
  scenario('get-1000', 'small GET, 1,000 connections, as fast as it goes', { connections: 1_000 }),
  scenario(
    'get-1000-rate',
    'small GET, 1,000 connections, all at one rate: 70 % of the lowest peak of ours, HAProxy and nginx',
    {
      connections: 1_000,
      load: EQUAL_RATE,
    },
  ),
  scenario('post-4k', 'POST of 4 KiB, 64 connections', { request: 'post-4k', pool: 'body' }),
  scenario('down-1m', '1 MiB down, 16 connections that pause for 5 ms before each', {
    request: 'down-1m',
    connections: 16,
    pauseMs: 5,
  }),
  scenario('up-1m', '1 MiB up, 16 connections that pause for 5 ms before each', {
    request: 'up-1m',
    connections: 16,
    pauseMs: 5,
    pool: 'body',
  }),
  scenario('chunked', '4 KiB up in 4 chunks, 16 KiB down in 16 chunks, 64 connections', {
    request: 'chunked',
    pool: 'body',
  }),
  scenario('hosts-1000', 'small GET, 1,000 hosts asked uniformly, 64 connections', { hosts: 1_000 }),
  scenario('hosts-100000', 'small GET, 100,000 hosts asked uniformly, against 10: ours alone', {
    hosts: 100_000,
    ownHostCounts: [10, 100_000],
  }),
  scenario('host-change', 'small GET, 64 connections, while one of 1,000 hosts changes once a second', {
    hosts: 1_000,
    changesHosts: true,
  }),
  scenario('web-socket', 'WebSocket echo of 64 bytes, 64 connections, 8,000 messages a second', {
    load: { kind: 'messages', ratePerSecond: 8_000 },
    pool: 'body',
  }),
  scenario(
    'open-loop',
    'small GET at 70 % of the lower peak of ours and HAProxy, Poisson arrivals, 256 connections, latency from the due time',
    { connections: 256, load: { kind: 'share-of-peak', share: 0.7, of: ['ours', 'haproxy'] } },
  ),
  scenario('tls-get', 'small GET over TLS 1.3 that stays open, 64 connections', { entry: 'https' }),
  scenario('tls-full', `${HANDSHAKES} new TLS 1.3 connections a second, a full handshake and one GET each`, {
    entry: 'https',
    load: { kind: 'handshakes', ratePerSecond: HANDSHAKES },
  }),
  scenario(
    'tls-resumed',
    'a new TLS 1.3 connection with a resumed session for every small GET, 16 at a time that pause for 25 ms before each GET',
    { entry: 'https', request: 'get-close', connections: 16, pauseMs: 25 },
  ),
  scenario('h2-get', 'small GET over HTTP/2 and TLS 1.3, 16 connections of 8 streams', {
    entry: 'h2',
    connections: 16,
  }),
  scenario('h2c-get', 'small GET over HTTP/2 with prior knowledge, 16 connections of 8 streams', {
    entry: 'h2c',
    connections: 16,
  }),
  scenario('tcp-relay', '1 MiB down through a TCP relay, 16 connections that pause for 5 ms before each', {
    entry: 'tcp',
    request: 'down-1m',
    connections: 16,
    pauseMs: 5,
  }),
  scenario('tcp-relay-up', '1 MiB up through a TCP relay, 16 connections that pause for 5 ms before each', {
    entry: 'tcp',
    request: 'up-1m',
    connections: 16,
    pauseMs: 5,
    pool: 'body',
  }),
  scenario('tcp-small', 'small GET through a TCP relay, 64 connections, as fast as it goes', {
    entry: 'tcp',
  }),
  scenario(
    'noisy-neighbour-h2',
    `${NEIGHBOURS.toLocaleString('en-US')} small GETs a second on 64 connections, their p99 alone and beside one HTTP/2 connection that always has 100 streams open`,
    { entry: 'h2c', measures: 'noise', load: { kind: 'requests', ratePerSecond: NEIGHBOURS } },
  ),
  scenario(
    'noisy-neighbour-tcp',
    `${NEIGHBOURS.toLocaleString('en-US')} small GETs a second through a TCP relay on 64 connections, their p99 alone and beside 4 that send 1 MiB after 1 MiB`,
    { entry: 'tcp', measures: 'noise', load: { kind: 'requests', ratePerSecond: NEIGHBOURS } },
  ),
  scenario('memory-1000', 'memory under small GETs on 1,000 connections, as fast as it goes', {
    connections: 1_000,
    measures: 'busy-memory',
  }),
  scenario('idle-connections', 'memory of 9,000 connections that were asked on once and stay open', {
    connections: 9_000,
    measures: 'idle-memory',
  }),
  scenario('overload', 'three times the capacity of a costly GET, on 64 old connections and new ones', {
    request: 'get-costly',
    connections: 64,
    measures: 'overload',
    own: { flags: ['--max-connections', '128'], tickets: COSTLY_TICKETS },
  }),
];
