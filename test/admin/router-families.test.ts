import test from 'ava';
import { COUNTER_NAMES, Counters } from '../../router/counters.ts';
import { TCP_COUNT_NAMES, type TcpCountName } from '../../router/tcp/tcp-counts.ts';
import { familyGroup, familyMetrics } from '../../src/admin/family-metrics.ts';
import type { MetricsSource } from '../../src/admin/metrics-page.ts';
import type { RouterFacts } from '../../src/admin/router-facts.ts';
import { ROUTER_FAMILIES } from '../../src/admin/router-families.ts';
import { samplesOf } from '../helpers/metric-samples.ts';

const factsOf = (facts: Partial<RouterFacts> = {}): RouterFacts => ({
  counts: new Counters().snapshot().values,
  answersByTrack: {},
  openConnections: { clients: 0, upstreams: 0 },
  tcp: [],
  unavailablePorts: [],
  workers: { wanted: 2, serving: 1, crashes: 3, cpuSeconds: 1.5, residentBytes: 4096 },
  plan: { generation: 7, appliedGeneration: 6, ageSeconds: 12.5, hosts: 8, pools: 9 },
  ...facts,
});

const routerMetrics = (read: () => RouterFacts): MetricsSource =>
  familyMetrics([familyGroup(ROUTER_FAMILIES, read)]);

const scraped = async (facts: RouterFacts): Promise<ReadonlyMap<string, number>> =>
  samplesOf(await routerMetrics(() => facts).metrics());

test('every counter of the router is a sample', async t => {
  const counts = new Counters().snapshot().values;
  const numbered = Object.fromEntries(Object.keys(counts).map((name, nth) => [name, 1000 + nth]));
  const samples = await scraped(factsOf({ counts: { ...counts, ...numbered } }));
  const values = [...samples.values()].filter(value => value >= 1000 && value < 2000);
  t.deepEqual(
    values.sort((one, other) => one - other),
    COUNTER_NAMES.map((_, nth) => 1000 + nth),
  );
});

test('answers are counted once: by their track, and what has none is the router’s own', async t => {
  const counters = new Counters();
  for (const [track, status] of [
    ['edge', 200],
    ['edge', 204],
    ['stable', 502],
    [null, 404],
    [null, 503],
    ['stable', 503],
  ] as const)
    counters.answered(track, status);
  const { values, byTrack } = counters.snapshot();
  const samples = await scraped(factsOf({ counts: values, answersByTrack: byTrack }));
  const requests = [...samples].filter(
    ([name, value]) => name.startsWith('sluice_requests_total') && value > 0,
  );
  t.deepEqual(Object.fromEntries(requests), {
    'sluice_requests_total{track="edge",code="2xx"}': 2,
    'sluice_requests_total{track="stable",code="5xx"}': 2,
    'sluice_requests_total{track="none",code="4xx"}': 1,
    'sluice_requests_total{track="none",code="5xx"}': 1,
  });
});

test('TCP ports tell of themselves by track, and of what they refused by reason', async t => {
  const counters = new Counters();
  const counts = counters.tcp.of(33_306, 'edge');
  for (const [at, name] of TCP_COUNT_NAMES.entries()) counts.add(name, 10 + at);
  counters.tcp.of(33_306, 'none').add('refused_unclaimed', 100);
  const samples = await scraped(factsOf({ tcp: counters.snapshot().tcp, unavailablePorts: [33_307] }));
  const of = (name: TcpCountName): number => 10 + TCP_COUNT_NAMES.indexOf(name);
  const edge = 'port="33306",track="edge"';
  t.like(Object.fromEntries(samples), {
    [`sluice_tcp_connections{${edge}}`]: -1,
    [`sluice_tcp_connections_total{${edge}}`]: of('connections'),
    [`sluice_tcp_bytes_total{${edge},direction="in"}`]: of('received'),
    [`sluice_tcp_bytes_total{${edge},direction="out"}`]: of('sent'),
    [`sluice_tcp_connect_failures_total{${edge}}`]: of('connect_failures'),
    [`sluice_tcp_idle_timeouts_total{${edge}}`]: of('idle_timeouts'),
    [`sluice_tcp_fallbacks_total{${edge}}`]: of('fallbacks'),
    'sluice_tcp_refused_total{port="33306",reason="unclaimed"}': 100 + of('refused_unclaimed'),
    'sluice_tcp_refused_total{port="33306",reason="no-endpoint"}': of('refused_no_endpoint'),
    'sluice_tcp_refused_total{port="33306",reason="unreachable"}': of('refused_unreachable'),
    'sluice_tcp_refused_total{port="33306",reason="proxy-protocol"}': of('refused_proxy_protocol'),
    'sluice_tcp_refused_total{port="33306",reason="limit"}': of('refused_limit'),
    'sluice_tcp_port_unavailable{port="33307"}': 1,
  });
  t.false([...samples.keys()].some(name => name.includes('track="none"') && name.startsWith('sluice_tcp')));
});

test('workers and the plan are gauges, and of a plan that never changed no age is told', async t => {
  const samples = await scraped(factsOf({ openConnections: { clients: 5, upstreams: 4 } }));
  t.like(Object.fromEntries(samples), {
    sluice_client_connections: 5,
    sluice_upstream_connections: 4,
    sluice_workers: 1,
    sluice_workers_wanted: 2,
    sluice_worker_crashes_total: 3,
    sluice_worker_cpu_seconds_total: 1.5,
    sluice_worker_resident_memory_bytes: 4096,
    sluice_plan_generation: 7,
    sluice_plan_generation_applied: 6,
    sluice_plan_age_seconds: 12.5,
    sluice_plan_hosts: 8,
    sluice_plan_pools: 9,
  });
  const { plan } = factsOf();
  t.false((await scraped(factsOf({ plan: { ...plan, ageSeconds: null } }))).has('sluice_plan_age_seconds'));
});

test('each scrape tells how things are now, whatever an earlier one told', async t => {
  const counters = new Counters();
  counters.answered('beta', 200);
  const { values, byTrack } = counters.snapshot();
  let facts = factsOf({ counts: values, answersByTrack: byTrack });
  const source = routerMetrics(() => facts);
  await source.metrics();
  facts = factsOf({ plan: { ...facts.plan, ageSeconds: null } });
  const samples = samplesOf(await source.metrics());
  t.deepEqual(samples, await scraped(facts));
});

test('the primary process tells of itself in the usual names', async t => {
  const text = await routerMetrics(() => factsOf()).metrics();
  for (const name of [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'nodejs_eventloop_lag_seconds',
  ])
    t.true(text.includes(`\n${name} `), name);
});
