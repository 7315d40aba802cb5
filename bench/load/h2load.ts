import type { Entry } from '../job.ts';
import { DOMAIN, isOverTls } from '../job.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { BROWSER_FIELDS, SHAPES } from './request-text.ts';
import { CIPHER_SUITE, GROUP, SERVER_NAME } from './tls-settings.ts';
import type { LoadResult } from './wrk.ts';

/** Every stream asks again as soon as it has its answer, or every request has a connection of its own, so many a second. */
export type H2loadAsk =
  | { readonly kind: 'streams'; readonly connections: number; readonly streams: number }
  | { readonly kind: 'new-connections'; readonly perSecond: number };

/** Connections are begun in groups of this length; one a second would be a rush of a whole second's number. */
const PERIOD_MS = 10;

const loadFlags = (ask: H2loadAsk, seconds: number): readonly string[] => {
  switch (ask.kind) {
    case 'streams':
      return ['-c', `${ask.connections}`, '-m', `${ask.streams}`, '-D', `${seconds}`];
    case 'new-connections': {
      const each = Math.max(1, Math.round((ask.perSecond * PERIOD_MS) / 1000));
      const total = `${Math.round((each * seconds * 1000) / PERIOD_MS)}`;
      // It keeps no session: each of these handshakes is a full one.
      return ['--h1', '-n', total, '-c', total, '-r', `${each}`, `--rate-period=${PERIOD_MS}ms`];
    }
    default:
      return ask satisfies never;
  }
};

/** One host and path, and what a browser sends besides; h2load has one request for all of a run. */
export const h2loadCommand = ({
  entry,
  port,
  seconds,
  ask,
  path = SHAPES.get.path,
  log = null,
}: {
  readonly entry: Entry;
  readonly port: number;
  readonly seconds: number;
  readonly ask: H2loadAsk;
  readonly path?: string;
  /** The file that each request's time is written to. */
  readonly log?: string | null;
}): readonly string[] => [
  'h2load',
  ...['-t', '1'],
  ...loadFlags(ask, seconds),
  ...[`--tls13-ciphers=${CIPHER_SUITE}`, `--groups=${GROUP}`],
  `--connect-to=127.0.0.1:${port}`,
  ...(log === null ? [] : [`--log-file=${log}`]),
  ...BROWSER_FIELDS.flatMap(field => ['-H', field]),
  `${isOverTls(entry) ? 'https' : 'http'}://${isOverTls(entry) ? SERVER_NAME : `shop-0.${DOMAIN}`}:${port}${path}`,
];

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, ms: 1e-3, us: 1e-6 };

/** Microseconds in the third column of h2load's log; streams that failed have -1 for a status. */
const timesIn = (log: string): LatencyHistogram => {
  const histogram = new LatencyHistogram();
  for (const line of log.split('\n')) {
    const [, status, microseconds] = line.split('\t');
    if (microseconds !== undefined && status !== '-1') histogram.add(Number(microseconds));
  }
  return histogram;
};

/** Reads what h2load printed and logged; undefined where it did not come to its end. */
export const parseH2load = (printed: string, log: string): LoadResult | undefined => {
  const finished = /^finished in ([\d.]+)(s|ms|us), /m.exec(printed);
  const done = /^requests: \d+ total, \d+ started, (\d+) done, \d+ succeeded, (\d+) failed, /m.exec(printed);
  const redirected = /^status codes: \d+ 2xx, (\d+) 3xx, /m.exec(printed);
  if (finished === null || done === null || redirected === null) return undefined;
  const times = timesIn(log);
  return {
    requests: Number(done[1]),
    seconds: Number(finished[1]) * (UNIT_SECONDS[finished[2] ?? ''] ?? Number.NaN),
    // What it calls failed has another status, or none.
    errors: Number(done[2]) + Number(redirected[1]),
    p50Us: times.quantile(0.5),
    p99Us: times.quantile(0.99),
  };
};
