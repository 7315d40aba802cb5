import test from 'ava';
import { limitOutcomes } from '../../bench/limits.ts';
import { scenarioMarkdown } from '../../bench/markdown.ts';
import type { NoiseFigures, NoiseResult } from '../../bench/samples.ts';

const p99 = (p99Us: number) => ({ perSecond: 3000, p50Us: 300, p99Us });

const figures = (
  lane: string,
  alone: number,
  noisy: number,
  more: Partial<NoiseFigures> = {},
): NoiseFigures => ({
  lane,
  quiet: p99(alone),
  noisy: p99(noisy),
  floor: p99(500),
  noisePerSecond: 20_000,
  errors: 0,
  isVoid: false,
  ...more,
});

const result = (...measured: readonly NoiseFigures[]): NoiseResult => ({
  kind: 'noise',
  scenario: 'noisy-neighbour-h2',
  about: 'p99 of neighbours',
  absent: { nginx: '64 of 0 answers were errors' },
  figures: measured,
});

test('the limit is the median of the ratios of ours, void rounds and others aside', t => {
  const outcomes = limitOutcomes([
    result(
      figures('ours', 1000, 1500),
      figures('ours', 2000, 2000),
      figures('ours', 1000, 1700),
      figures('ours', 1000, 9000, { isVoid: true }),
      figures('haproxy', 1000, 8000),
    ),
  ]);
  t.deepEqual(outcomes, [
    { scenario: 'noisy-neighbour-h2', figure: "neighbours' p99, with noise / alone", most: 2, measured: 1.5 },
  ]);
});

test('where no round counts, the limit was not measured', t => {
  t.is(limitOutcomes([result(figures('ours', 1000, 900, { isVoid: true }))])[0]?.measured, undefined);
  t.is(limitOutcomes([result(figures('haproxy', 1000, 900))])[0]?.measured, undefined);
});

test('the table shows both, their ratio, what the origin gives directly, and who took no part', t => {
  const table = scenarioMarkdown(
    result(figures('ours', 1000, 1500), figures('ours', 1000, 9000, { isVoid: true, errors: 2 })),
  );
  t.true(table.includes('| ours | 300 | 300 | 1,000 | 1,500 | 1.50 | 500 | 20,000 | 2 | 1, 1 void |'), table);
  t.true(table.includes('nginx took no part: 64 of 0 answers were errors.'));
});

test('a contender without a valid round has no figures', t => {
  t.true(
    scenarioMarkdown(result(figures('envoy', 1000, 1500, { isVoid: true }))).includes(
      '| envoy | – | – | – | – | – | – | – | 0 | 0, 1 void |',
    ),
  );
});
