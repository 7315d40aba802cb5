import { type RequestKind, requestParts, SHAPES } from './request-text.ts';

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

/**
 * A script for wrk: whole requests are made before the run, one in ten with the ticket, hosts asked uniformly.
 * `pauseMs`: how long each connection waits before it asks again. The result is printed as one line of JSON, since wrk's own table is rounded.
 */
export const wrkScript = (kind: RequestKind, hostCount: number, pauseMs = 0): string => {
  const plain = requestParts(kind, false);
  const marked = requestParts(kind, true);
  const bodyBytes = Math.max(1, SHAPES[kind].bodyBytes);
  const count = Math.min(
    hostCount < 100 ? hostCount * 10 : hostCount,
    Math.max(10, Math.floor(MAX_HELD_BYTES / bodyBytes)),
  );
  return `local requests = {}
local count = ${count}
local body = ${plain.body.length < 10_000 ? lua(plain.body) : `string.rep("u", ${plain.body.length})`}
local plain, marked = ${lua(plain.afterHost)}, ${lua(marked.afterHost)}
for i = 0, count - 1 do
  -- By tens of hosts, so that every host is asked with and without the ticket where there are few.
  local isMarked = (i + math.floor(i / 10)) % 10 == 0
  requests[i + 1] = ${lua(plain.beforeHost)} .. "shop-" .. (i % ${hostCount}) .. ".bench.test" .. (isMarked and marked or plain) .. body
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
}: {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  readonly script: string;
}): readonly string[] => [
  'wrk',
  '-t1',
  `-c${connections}`,
  `-d${seconds}s`,
  '--timeout',
  '10s',
  '-s',
  script,
  `http://127.0.0.1:${port}/`,
];
