import test from 'ava';
import { CONTENDERS } from '../../bench/contenders.ts';
import { SCENARIOS } from '../../bench/scenarios.ts';
import { TARGETS } from '../../bench/targets.ts';

test('every target is one of a scenario that there is', t => {
  const names = SCENARIOS.map(({ name }) => name);
  for (const { scenario } of TARGETS) t.true(names.includes(scenario), scenario);
});

test('names of scenarios are distinct: results are found by them', t => {
  t.is(new Set(SCENARIOS.map(({ name }) => name)).size, SCENARIOS.length);
});

test('every entry is one of ours and of the native proxies; the Node peers and the origin have one', t => {
  for (const { name, entries } of CONTENDERS)
    t.is(entries.length, ['ours', 'haproxy', 'nginx', 'envoy'].includes(name) ? 5 : 1, name);
});

test('whoever resumes sessions closes its connections', t => {
  t.is(SCENARIOS.find(({ name }) => name === 'tls-resumed')?.request, 'get-close');
});
