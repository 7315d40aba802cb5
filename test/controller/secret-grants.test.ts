import test from 'ava';
import { SecretGrants } from '../../src/controller/secret-grants.ts';
import type { Outcome } from '../../src/kube/api-outcome.ts';
import { unreachable } from '../../src/kube/connection/api-failure.ts';
import { ManualClock } from '../helpers/kube/manual-clock.ts';

const ref = (name: string) => ({ namespace: 'shop', name });

const world = () => {
  const clock = new ManualClock();
  const state = {
    granted: new Set<string>(),
    asked: [] as string[],
    changes: 0,
    troubles: 0,
    isLeader: true,
    isAway: false,
  };
  const grants = new SecretGrants({
    ask: async ({ name }): Promise<Outcome<boolean>> => {
      state.asked.push(name);
      if (state.isAway) return { ok: false, failure: unreachable('POST', 'nobody is there') };
      return { ok: true, value: state.granted.has(name) };
    },
    isLeader: () => state.isLeader,
    onChange: () => {
      state.changes += 1;
    },
    onTrouble: () => {
      state.troubles += 1;
    },
    clock,
  });
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 50) {
      clock.advance(Math.min(50, left));
      await new Promise(resolve => setImmediate(resolve));
    }
  };
  return { grants, state, pass };
};

test('what the routers may not read is missing, and asked about until they may', async t => {
  const { grants, state, pass } = world();
  state.granted.add('open');
  grants.follow([ref('open'), ref('closed')]);
  t.deepEqual([...grants.missing], []);
  await pass(1_000);
  t.deepEqual([[...grants.missing], state.changes], [['shop/closed'], 1]);
  state.granted.add('closed');
  await pass(31_000);
  t.deepEqual([[...grants.missing], state.changes], [[], 2]);
  t.deepEqual(state.asked, ['closed', 'open', 'closed']);
});

test('a right that was taken away is found out', async t => {
  const { grants, state, pass } = world();
  state.granted.add('users');
  grants.follow([ref('users')]);
  await pass(1_000);
  state.granted.clear();
  await pass(600_000);
  t.deepEqual([...grants.missing], ['shop/users']);
});

test('an API server that says nothing changes nothing', async t => {
  const { grants, state, pass } = world();
  grants.follow([ref('users')]);
  await pass(1_000);
  state.isAway = true;
  await pass(200_000);
  t.deepEqual([[...grants.missing], state.changes], [['shop/users'], 1]);
  t.true(state.troubles > 1 && state.troubles < 6, String(state.troubles));
});

test('who leads no more asks nothing, and forgets', async t => {
  const { grants, state, pass } = world();
  grants.follow([ref('users')]);
  await pass(1_000);
  state.isLeader = false;
  await pass(120_000);
  t.is(state.asked.length, 1);
});

test('what nobody asks for is neither asked about nor missing', async t => {
  const { grants, state, pass } = world();
  grants.follow([ref('users')]);
  await pass(1_000);
  grants.follow([]);
  t.deepEqual([...grants.missing], []);
  await pass(120_000);
  t.is(state.asked.length, 1);
});
