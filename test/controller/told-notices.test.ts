import test from 'ava';
import type { Notice } from '../../src/controller/decide/notices.ts';
import { ToldNotices } from '../../src/controller/told-notices.ts';

const notice = (reason: string, settleMs = 0): Notice => ({
  object: { kind: 'Ingress', namespace: 'shop', name: 'web' },
  type: 'Warning',
  reason,
  message: 'is so',
  settleMs,
});

const reasons = ({ news }: { readonly news: readonly Notice[] }): readonly string[] =>
  news.map(({ reason }) => reason);

test('what is the case is told once, and again after half an hour', t => {
  const told = new ToldNotices();
  t.deepEqual(reasons(told.news([notice('A'), notice('A')], 0)), ['A']);
  t.deepEqual(told.news([notice('A')], 1_000), { news: [], wakeMs: 1_800_000 });
  t.deepEqual(reasons(told.news([notice('A')], 1_800_000)), ['A']);
});

test('what a rollout passes through is told to nobody', t => {
  const told = new ToldNotices();
  t.deepEqual(told.news([notice('A', 15_000)], 0), { news: [], wakeMs: 15_000 });
  t.deepEqual(reasons(told.news([], 10_000)), []);
  t.deepEqual(reasons(told.news([notice('A', 15_000)], 15_000)), [], 'it begins anew');
  t.deepEqual(reasons(told.news([notice('A', 15_000)], 30_000)), ['A']);
});

test('what comes again is news again', t => {
  const told = new ToldNotices();
  told.news([notice('A')], 0);
  told.news([], 1);
  t.deepEqual(reasons(told.news([notice('A')], 2)), ['A']);
});
