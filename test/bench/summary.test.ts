import test from 'ava';
import { scenarioMarkdown } from '../../bench/markdown.ts';
import type { CostResult, Sample } from '../../bench/samples.ts';
import { summarize } from '../../bench/summary.ts';
import { targetOutcomes } from '../../bench/targets.ts';
import { sample } from '../helpers/bench-samples.ts';

const result = (samples: readonly Sample[], more: Partial<CostResult> = {}): CostResult => ({
  kind: 'cost',
  scenario: 'get-64',
  about: 'small GET',
  reference: 'ours',
  samples,
  absent: {},
  ...more,
});

const SAMPLES = [
  sample('ours', 1, 10),
  sample('haproxy', 1, 20),
  sample('ours', 2, 30),
  sample('haproxy', 2, 40),
  sample('ours', 3, 1),
  sample('haproxy', 3, 500, { isVoid: true, errors: 3 }),
];

test('void samples are counted but not compared', t => {
  const [ours, haproxy] = summarize(result(SAMPLES));
  t.is(ours?.medians.cpu, 10);
  t.is(haproxy?.medians.cpu, 30);
  t.is(haproxy?.ratios.cpu, 0.625);
  t.deepEqual([haproxy?.validRounds, haproxy?.voidRounds, haproxy?.errors], [2, 1, 3]);
});

test('a figure that nobody measured has no ratio', t => {
  t.is(summarize(result(SAMPLES))[1]?.ratios.instructions, undefined);
});

test('the table shows values with ours / theirs, void rounds, and who took no part', t => {
  const table = scenarioMarkdown(
    result(
      SAMPLES.map(each => ({ ...each, offeredPerSecond: 7_000 })),
      { absent: { envoy: 'not installed' } },
    ),
  );
  t.regex(
    table,
    /\| haproxy \| 30\.0 \(0\.63\) \| 10,000 \(1\.00\) \|.*\| 3 \| 2, 1 void \(0\.50 with them\) \|/,
  );
  t.regex(table, /Rate: 7,000\/s /);
  t.regex(table, /\nenvoy took no part: not installed\./);
  t.notRegex(table, /instructions\/request/);
});

test('instructions are a column where they were counted', t => {
  const counted = SAMPLES.map(each => ({ ...each, instructionsPerRequest: 50_000 }));
  t.regex(scenarioMarkdown(result(counted)), /instructions\/request/);
});

test('how soon changes were seen stands below the table', t => {
  const table = scenarioMarkdown(result([sample('ours', 1, 10, { changeMilliseconds: [4, 8, 40] })]));
  t.regex(table, /ours: a change was seen after 8\.0 ms \(median\), 40\.0 ms at most, of 3\./);
});

test('targets name what was not measured; the best Node peer is the one that costs least', t => {
  const samples = [
    sample('ours', 1, 10),
    sample('http-proxy-3', 1, 50),
    sample('fastify-http-proxy', 1, 20),
    sample('nginx', 1, 8),
  ];
  const outcomes = targetOutcomes([result(samples)]);
  t.deepEqual(
    outcomes.map(({ against, measured }) => [against, measured]),
    [
      ['haproxy', undefined],
      ['nginx', 1.25],
      ['best Node peer', 0.5],
    ],
  );
});
