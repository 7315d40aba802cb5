import test from 'ava';
import { limitOutcomes } from '../../bench/limits.ts';
import { scenarioMarkdown } from '../../bench/markdown.ts';
import type {
  BusyMemoryResult,
  IdleMemoryResult,
  OverloadFigures,
  OverloadResult,
} from '../../bench/samples.ts';

const MIB = 1_048_576;
const BUSY: BusyMemoryResult = {
  kind: 'busy-memory',
  scenario: 'memory-1000',
  about: 'memory',
  absent: { envoy: 'not installed' },
  figures: [
    {
      lane: 'ours',
      connections: 1000,
      processes: [
        { role: 'primary', residentBytes: 200 * MIB, proportionalBytes: 60 * MIB, privateBytes: 50 * MIB },
        { role: 'worker', residentBytes: 110 * MIB, proportionalBytes: 60 * MIB, privateBytes: 56 * MIB },
        { role: 'worker', residentBytes: 112 * MIB, proportionalBytes: 60 * MIB, privateBytes: 56 * MIB },
      ],
    },
    {
      lane: 'nginx',
      connections: 1000,
      processes: [{ role: 'worker', residentBytes: 500 * MIB, proportionalBytes: MIB, privateBytes: MIB }],
    },
  ],
};

const IDLE: IdleMemoryResult = {
  kind: 'idle-memory',
  scenario: 'idle-connections',
  about: 'idle memory',
  absent: {},
  figures: [
    { lane: 'ours', connections: 9000, privateBytesEach: 8.5 * 1024, heapBytesEach: 4 * 1024 },
    { lane: 'haproxy', connections: 9000, privateBytesEach: 1.2 * 1024, heapBytesEach: null },
  ],
};

const latencies = { perSecond: 1000, p50Us: 500, p99Us: 9000 };
const overloaded = (recoveryMs: number | null): OverloadFigures => ({
  capacityPerSecond: 3000,
  offeredPerSecond: 9000,
  before: latencies,
  admitted: latencies,
  refused: latencies,
  failed: 2,
  unsent: 3,
  health: null,
  healthFailed: 0,
  recoveryMs,
});
const overload = (...recoveries: readonly (number | null)[]): OverloadResult => ({
  kind: 'overload',
  scenario: 'overload',
  about: 'overload',
  absent: {},
  figures: recoveries.map(overloaded),
});

test('limits are those of ours: the largest worker, an idle connection, the slowest recovery', t => {
  t.deepEqual(
    limitOutcomes([BUSY, IDLE, overload(800, 1200)]).map(({ scenario, measured, most }) => [
      scenario,
      measured,
      most,
    ]),
    [
      ['memory-1000', 112, 120],
      ['idle-connections', 8.5, 12],
      ['overload', 1.2, 5],
    ],
  );
});

test('a router that never recovers misses its limit', t => {
  t.is(limitOutcomes([overload(800, null)])[0]?.measured, Number.POSITIVE_INFINITY);
  t.regex(scenarioMarkdown(overload(800, null)), /did not recover in 1 of 2 rounds/);
});

test('what was not measured is said so', t => {
  t.is(limitOutcomes([{ ...BUSY, figures: [] }])[0]?.measured, undefined);
});

test('tables of memory show every process, and what has no V8', t => {
  const busy = scenarioMarkdown(BUSY);
  t.true(busy.includes('| ours, primary | 200 | 60.0 | 50.0 |'));
  t.true(busy.includes('envoy took no part: not installed.'));
  t.true(scenarioMarkdown(IDLE).includes('| haproxy | 9,000 | 1.2 | – |'));
});

test('the table of an overload shows who was answered, refused, and lost', t => {
  const table = scenarioMarkdown(overload(800, 1200));
  t.true(table.includes('Capacity 3,000/s, medians of 2 round(s).'));
  t.true(table.includes('| refused with 503 | 1,000 | 500 | 9,000 |'));
  t.true(table.includes('| health endpoint, all the while | – | – | – |'));
  t.true(table.includes('4 got neither answer nor refusal, 6 were not sent'));
  t.true(table.includes('1,000 ms after the load (median), 1,200 ms at most.'));
});
