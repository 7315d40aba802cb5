import test from 'ava';
import fc from 'fast-check';
import { EMPTY_PLAN, planBatches, planDelta } from '../../../router/routing/plan-delta.ts';
import { canonicalJson } from '../../../src/core/canonical-json.ts';
import { EMPTY_DELTA, isEmptyDelta } from '../../../src/core/plan-delta.ts';
import type { RoutePlan, TcpPlan } from '../../../src/core/route-plan.ts';
import { planSequence } from '../../helpers/generated-plans.ts';
import { full, host, planOf, prefix, to } from '../../helpers/written-plan.ts';

const BEFORE = planOf([
  host('jd.com', [[prefix('/'), to('jd')]]),
  host('taobao.com', [[prefix('/'), to('www')]]),
]);

/** Names of what is in a delta. */
const namesIn = (before: RoutePlan, after: RoutePlan) => {
  const { hosts, pools } = planDelta(before, after);
  return {
    hosts: [...hosts.set.map(plan => plan.host), ...hosts.removed.map(name => `-${name}`)],
    pools: [...pools.set.map(plan => plan.id), ...pools.removed.map(id => `-${id}`)],
  };
};

test('the first plan is all of it', t => {
  t.deepEqual(namesIn(EMPTY_PLAN, BEFORE), { hosts: ['jd.com', 'taobao.com'], pools: ['jd', 'www'] });
});

test('the same plan, read again, is no change', t => {
  const delta = planDelta(BEFORE, structuredClone(BEFORE));
  t.true(isEmptyDelta(delta));
  t.true(isEmptyDelta(planDelta(EMPTY_PLAN, EMPTY_PLAN)));
});

test('the order of keys is no change', t => {
  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, item]) => [key, reversed(item)]),
    );
  };
  t.true(isEmptyDelta(planDelta(BEFORE, reversed(BEFORE) as RoutePlan)));
});

test('a changed route is a change of its host alone', t => {
  const after = {
    ...BEFORE,
    hosts: [
      host('jd.com', [[prefix('/'), to('jd')]]),
      host('taobao.com', [[prefix('/'), to('www', { paused: true })]]),
    ],
  };
  t.deepEqual(namesIn(BEFORE, after), { hosts: ['taobao.com'], pools: [] });
});

test('a changed endpoint is a change of its pool alone', t => {
  const after = { ...BEFORE, pools: [full('jd', '10.0.0.7'), full('www')] };
  t.deepEqual(namesIn(BEFORE, after), { hosts: [], pools: ['jd'] });
});

test('what has gone is named', t => {
  t.deepEqual(namesIn(BEFORE, EMPTY_PLAN), { hosts: ['-jd.com', '-taobao.com'], pools: ['-jd', '-www'] });
  const oneLess = planOf([host('taobao.com', [[prefix('/'), to('www')]])]);
  t.deepEqual(namesIn(BEFORE, oneLess), { hosts: ['-jd.com'], pools: ['-jd'] });
});

const byName = <T>(items: readonly T[], nameOf: (item: T) => string): ReadonlyMap<string, string> =>
  new Map(items.map(item => [nameOf(item), canonicalJson(item)]));

/** True if exactly what differs is set, and exactly what has gone is removed. */
const isMinimal = <T>(
  before: readonly T[],
  after: readonly T[],
  { set, removed, nameOf }: { set: readonly T[]; removed: readonly string[]; nameOf: (item: T) => string },
): boolean => {
  const old = byName(before, nameOf);
  const now = byName(after, nameOf);
  const changed = [...now].filter(([name, text]) => old.get(name) !== text).map(([name]) => name);
  const gone = [...old.keys()].filter(name => !now.has(name));
  return (
    canonicalJson(set.map(nameOf)) === canonicalJson(changed) &&
    canonicalJson([...removed]) === canonicalJson(gone)
  );
};

test('certificates go by their id, TCP ports all at once', t => {
  const certificate = { id: 'shop/tls', chain: 'chain', key: 'key' };
  const before = { ...EMPTY_PLAN, certificates: [certificate] };
  t.deepEqual(planDelta(EMPTY_PLAN, before), {
    ...EMPTY_DELTA,
    certificates: { set: [certificate], removed: [] },
  });
  t.deepEqual(planDelta(before, EMPTY_PLAN).certificates, { set: [], removed: ['shop/tls'] });
  const port: TcpPlan = {
    port: 33_306,
    source: { namespace: 'shop', service: 'db', field: 'metadata.annotations[sluice.dev/tcp]' },
    pools: { stable: 'shop/db:3306' },
    tickets: [],
    onEmptyEdge: 'stable',
    ownHost: 'shop/db',
    connectMs: null,
    idleMs: null,
    acceptsProxy: false,
    sendsProxy: null,
  };
  const withPort = { ...before, tcp: [port] };
  t.deepEqual(planDelta(before, withPort), { ...EMPTY_DELTA, tcp: [port] });
  t.deepEqual(planDelta(withPort, before).tcp, []);
  t.true(isEmptyDelta(planDelta(withPort, withPort)));
  const batches = planBatches(withPort);
  t.deepEqual(
    batches.map(({ certificates, tcp }) => [certificates.set.length, tcp?.length ?? null]),
    [
      [1, null],
      [0, 1],
    ],
  );
});

test('between any two plans the delta is what differs, and nothing else', t => {
  const pairs = fc.property(planSequence, ({ plans }) => {
    const [before = EMPTY_PLAN, after = EMPTY_PLAN] = plans;
    const { hosts, pools } = planDelta(before, after);
    return (
      isMinimal(before.hosts, after.hosts, { ...hosts, nameOf: plan => plan.host }) &&
      isMinimal(before.pools, after.pools, { ...pools, nameOf: plan => plan.id })
    );
  });
  t.notThrows(() => fc.assert(pairs, { numRuns: 300 }));
});
