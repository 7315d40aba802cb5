import test from 'ava';
import { EMPTY_PLAN } from '../../router/routing/plan-delta.ts';
import { sumOfReports } from '../../router/workers/worker-report.ts';
import type { WorkersStatus } from '../../router/workers/workers.ts';
import { type AdministeredRouter, factsOf, healthOf } from '../../src/cli/router-admin.ts';
import { planTo } from '../helpers/one-host-plan.ts';

const STATUS: WorkersStatus = {
  wanted: 2,
  serving: 2,
  crashes: 0,
  planVersion: 3,
  appliedVersion: 2,
  planAgeMs: 1_500,
  unavailablePorts: [],
};

const NO_REPORT = sumOfReports([]);

const routerWith = ({
  serving = 2,
  hasPlan = true,
  isStopping = false,
}: {
  readonly serving?: number;
  readonly hasPlan?: boolean;
  readonly isStopping?: boolean;
}): AdministeredRouter => ({
  workers: { status: { ...STATUS, serving }, report: () => NO_REPORT },
  plan: () => (hasPlan ? EMPTY_PLAN : undefined),
  isStopping: () => isStopping,
});

const health = test.macro({
  exec(t, state: Parameters<typeof routerWith>[0], alive: string | null, ready: string | null) {
    const checks = healthOf(routerWith(state));
    t.deepEqual([checks.alive(), checks.ready()], [alive, ready]);
  },
  title: (_, state, alive, ready) =>
    `${JSON.stringify(state)}: alive ${alive ?? 'yes'}, ready ${ready ?? 'yes'}`,
});

const NO_WORKER = 'no worker takes connections';

test(health, {}, null, null);
test(health, { serving: 1 }, null, null);
test(health, { serving: 0 }, NO_WORKER, NO_WORKER);
test(health, { hasPlan: false }, null, 'there is no route plan yet');
test(health, { hasPlan: false, serving: 0 }, null, 'there is no route plan yet');
test(health, { isStopping: true }, null, 'stopping');
test(health, { isStopping: true, serving: 0 }, null, 'stopping');

test('what the workers and the plan say is what the metrics are told', t => {
  const facts = factsOf({
    workers: {
      status: STATUS,
      report: () => ({ ...NO_REPORT, open: { clients: 3, upstreams: 2 }, cpuSeconds: 0.5, residentBytes: 7 }),
    },
    plan: () => planTo(80),
    isStopping: () => false,
  });
  t.like(facts, {
    counts: NO_REPORT.counters.values,
    openConnections: { clients: 3, upstreams: 2 },
    workers: { wanted: 2, serving: 2, crashes: 0, cpuSeconds: 0.5, residentBytes: 7 },
    plan: { generation: 3, appliedGeneration: 2, ageSeconds: 1.5, hosts: 1, pools: 1 },
  });
});

test('before there is a plan its metrics are zero, and its age is not told', t => {
  const { plan } = factsOf({
    workers: {
      status: { ...STATUS, planVersion: 0, appliedVersion: 0, planAgeMs: null },
      report: () => NO_REPORT,
    },
    plan: () => undefined,
    isStopping: () => false,
  });
  t.deepEqual(plan, { generation: 0, appliedGeneration: 0, ageSeconds: null, hosts: 0, pools: 0 });
});
