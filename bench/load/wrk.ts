import { type RequestKind, requestParts, SHAPES } from './request-text.ts';
import { SERVER_NAME } from './tls-settings.ts';

/** What a load generator reports of one run. */
export type LoadResult = {
  readonly requests: number;
  readonly seconds: number;
  /** Answers that were none, or were not 200. */
  readonly errors: number;
  readonly p50Us: number;
  readonly p99Us: number;
};

const MARK = 'SLUICE-BENCH ';

const lua = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\r', '\\r').replaceAll('\n', '\\n')}"`;

/** Large bodies are held as few distinct strings, or they would not fit into Lua's heap. */
const MAX_HELD_BYTES = 64 * 1_048_576;

export type Asked = {
  readonly hostCount: number;
  /** How long each connection waits before it asks again. */
  readonly pauseMs?: number;
  /**
   * At least so many different requests, where lanes with different numbers of hosts are compared: 100,000 requests are
   * 70 MB that are cold to the generator and to the cache that both cores share, which costs the proxy too, whatever
   * its table. 0: as many as the hosts ask for.
   */
  readonly different?: number;
  /** The port to which connections go over TLS; null: in clear, to where the URL says. */
  readonly tlsPort?: number | null;
};

/** wrk looks the host of its URL up, from which it takes the name for the handshake too: that is answered here. */
const resolvesTo = (port: number): string =>
  `wrk.resolve = function() wrk.addrs = wrk.lookup("127.0.0.1", "${port}") end\n`;

/**
 * A script for wrk: whole requests are made before the run, one in ten with the ticket, hosts asked uniformly.
 * The result is printed as one line of JSON, since wrk's own table is rounded.
 */
export const wrkScript = (
  kind: RequestKind,
  { hostCount, pauseMs = 0, different = 0, tlsPort = null }: Asked,
): string => {
  const plain = requestParts(kind, false);
  const marked = requestParts(kind, true);
  const bodyBytes = Math.max(1, SHAPES[kind].bodyBytes);
  const count = Math.min(
    Math.max(different, hostCount < 100 ? hostCount * 10 : hostCount),
    Math.max(10, Math.floor(MAX_HELD_BYTES / bodyBytes)),
  );
  return `${tlsPort === null ? '' : resolvesTo(tlsPort)}local requests = {}
local count = ${count}
local body = ${plain.body.length < 10_000 ? lua(plain.body) : `string.rep("u", ${plain.body.length})`}
local before = ${lua(plain.beforeHost)}
local plain, marked = ${lua(plain.afterHost)}, ${lua(marked.afterHost)}
for i = 0, count - 1 do
  -- By tens of hosts, so that every host is asked with and without the ticket where there are few.
  local isMarked = (i + math.floor(i / 10)) % 10 == 0
  local first = ${different > 0 ? 'before:gsub("page=1&", "page=" .. (100000 + i) .. "&")' : 'before'}
  requests[i + 1] = first .. "shop-" .. (i % ${hostCount}) .. ".bench.test" .. (isMarked and marked or plain) .. body
end
local random = math.random
request = function() return requests[random(count)] end
${pauseMs > 0 ? `delay = function() return ${pauseMs} end\n` : ''}done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('${MARK}{"requests":%d,"microseconds":%d,"errors":%d,"p50":%d,"p99":%d}\\n',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99)))
end
`;
};

/** Reads what the script printed; undefined where wrk did not come to its end. */
export const parseWrkOutput = (printed: string): LoadResult | undefined => {
  const line = printed.split('\n').find(each => each.startsWith(MARK));
  if (line === undefined) return undefined;
  const { requests, microseconds, errors, p50, p99 } = JSON.parse(line.slice(MARK.length)) as Readonly<
    Record<'requests' | 'microseconds' | 'errors' | 'p50' | 'p99', number>
  >;
  return { requests, seconds: microseconds / 1e6, errors, p50Us: p50, p99Us: p99 };
};

export const wrkCommand = ({
  port,
  connections,
  seconds,
  script,
  isTls = false,
}: {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  readonly script: string;
  readonly isTls?: boolean;
}): readonly string[] => [
  'wrk',
  '-t1',
  `-c${connections}`,
  `-d${seconds}s`,
  '--timeout',
  '10s',
  '-s',
  script,
  isTls ? `https://${SERVER_NAME}:${port}/` : `http://127.0.0.1:${port}/`,
];
