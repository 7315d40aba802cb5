import test from 'ava';
import { RequestNotes } from '../../../router/exchange/request-notes.ts';
import { RequestHead } from '../../../router/http1/request-head.ts';
import { MAX_SHARED_ADDRESSES } from '../../../router/policies/limit-ledger.ts';
import type { RouteTable } from '../../../router/routing/table.ts';
import { type Annotations, annotatedPlan } from '../../helpers/annotated-router.ts';
import { tableOf } from '../../helpers/written-plan.ts';

/** The tables of a router's workers, and what they tell each other, without processes in between. */
const workersOf = (annotations: Annotations, count: number) => {
  const tables = Array.from({ length: count }, () => tableOf(annotatedPlan(annotations, 1)));
  const share = (nowMs: number): void => {
    for (const [from, table] of tables.entries()) {
      const use = table.limits.takeUse();
      if (use === null) continue;
      for (const [to, other] of tables.entries()) if (to !== from) other.limits.hear(from, use, nowMs);
    }
  };
  return { tables, share };
};

/** What becomes of a request of this address, and what ends it. */
const asked = (table: RouteTable | undefined, address: string, nowMs = 0) => {
  const head = new RequestHead();
  head.parse('GET / HTTP/1.1\r\nHost: taobao.com\r\n');
  head.sourceAddress = address;
  Object.defineProperty(head, 'nowMs', { value: nowMs });
  const notes = new RequestNotes();
  const answer = table?.decide(head).checks?.before(head, notes);
  return { outcome: answer?.code ?? 'passes', end: () => notes.over() };
};

test('limit-rps: what an address asks of one worker counts in all of them', t => {
  const { tables, share } = workersOf({ 'limit-rps': '1', 'limit-burst-multiplier': '3' }, 3);
  for (let nth = 0; nth < 4; nth += 1) t.is(asked(tables[0], '10.0.0.1').outcome, 'passes');
  t.is(asked(tables[1], '10.0.0.1').outcome, 'passes', 'it has not heard yet');
  share(0);
  t.is(asked(tables[1], '10.0.0.1').outcome, 'RateLimited');
  t.is(asked(tables[2], '10.0.0.1').outcome, 'RateLimited');
  t.is(asked(tables[2], '10.0.0.2').outcome, 'passes');
});

test('limit-rps: over time all workers together let pass what one would, besides a burst each', t => {
  const seconds = 60;
  const { tables, share } = workersOf({ 'limit-rps': '10', 'limit-burst-multiplier': '2' }, 4);
  let passed = 0;
  for (let ms = 0; ms < seconds * 1000; ms += 10) {
    // 100 requests a second, in no even turns.
    if (asked(tables[(((ms / 10) * 7) % 11) % 4], '10.0.0.1', ms).outcome === 'passes') passed += 1;
    if (ms % 100 === 90) share(ms);
  }
  const byOne = 10 * seconds + 20;
  t.true(passed >= byOne - 10 && passed <= byOne + 3 * 21, `${passed} of ${byOne}`);
});

test('limit-connections: what is under way elsewhere counts until it is over', t => {
  const { tables, share } = workersOf({ 'limit-connections': '2' }, 2);
  const first = asked(tables[0], '10.0.0.1');
  asked(tables[0], '10.0.0.1');
  share(0);
  t.is(asked(tables[1], '10.0.0.1').outcome, 'ConnectionLimited');
  t.is(asked(tables[1], '10.0.0.2').outcome, 'passes');
  first.end();
  t.is(asked(tables[1], '10.0.0.1').outcome, 'ConnectionLimited', 'it has not heard yet');
  share(0);
  t.is(asked(tables[1], '10.0.0.1').outcome, 'passes');
});

test('what a worker had under way is forgotten when it is said that it has nothing', t => {
  const { tables, share } = workersOf({ 'limit-connections': '1' }, 2);
  asked(tables[0], '10.0.0.1');
  share(0);
  t.is(asked(tables[1], '10.0.0.1').outcome, 'ConnectionLimited');
  tables[1]?.limits.hear(0, { passed: [], running: [] }, 0);
  t.is(asked(tables[1], '10.0.0.1').outcome, 'passes');
});

test('there is nothing to tell where nothing is limited, or nothing is new', t => {
  const { tables } = workersOf({}, 1);
  asked(tables[0], '10.0.0.1');
  t.is(tables[0]?.limits.takeUse(), null);
  const limited = workersOf({ 'limit-rps': '1', 'limit-connections': '1' }, 1).tables[0];
  const { end } = asked(limited, '10.0.0.1');
  t.like(limited?.limits.takeUse(), { passed: { length: 1 }, running: { length: 1 } });
  t.is(limited?.limits.takeUse(), null);
  end();
  t.deepEqual(limited?.limits.takeUse(), { passed: [], running: [] });
});

test('a flood of addresses makes no long message, and a limit that is not known any more is passed over', t => {
  const { tables } = workersOf({ 'limit-rps': '1', 'limit-connections': '1' }, 1);
  for (let nth = 0; nth < 2000; nth += 1) asked(tables[0], `10.0.${nth >> 8}.${nth & 255}`);
  const use = tables[0]?.limits.takeUse() ?? null;
  t.is(use?.passed[0]?.counts.length, MAX_SHARED_ADDRESSES);
  t.is(use?.running?.[0]?.counts.length, MAX_SHARED_ADDRESSES);
  const other = workersOf({ 'limit-rps': '2', 'limit-connections': '2' }, 1).tables[0];
  if (use !== null) other?.limits.hear(0, use, 0);
  t.is(asked(other, '10.0.0.1').outcome, 'passes');
});
