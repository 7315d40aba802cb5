import { randomBytes } from 'node:crypto';
import test from 'ava';
import type { SecretData, SecretStore } from '../../certs/stores.ts';
import { RING_KEY, SessionKeyKeeper } from '../../src/controller/session-keys.ts';
import { parseRing, SESSION_KEY_BYTES, SESSION_KEY_LIFETIME_MS } from '../../src/core/session-key-ring.ts';

type Held = SecretStore & { held: SecretData | null; version: number; loses: boolean };

const memory = (held: SecretData | null): Held => {
  const store: Held = {
    name: 'Secret sluice-system/sluice-session-keys',
    held,
    version: 1,
    loses: false,
    read: async () => (store.held === null ? null : { content: store.held, version: `${store.version}` }),
    write: async (content, version) => {
      const expected = store.held === null ? null : `${store.version}`;
      if (store.loses || version !== expected) return 'conflict';
      store.held = content;
      store.version += 1;
      return 'written';
    },
  };
  return store;
};

const keeperOf = (store: SecretStore, clock: { nowMs: number }) => {
  const said: string[] = [];
  const keeper = new SessionKeyKeeper({
    store,
    nowMs: () => clock.nowMs,
    newKey: () => randomBytes(SESSION_KEY_BYTES),
    report: text => said.push(text),
  });
  return { keeper, said };
};

const ringIn = (store: Held) => parseRing(store.held?.[RING_KEY] ?? '');

test('keys are made once, kept, and rotated when they are due', async t => {
  const store = memory(null);
  const clock = { nowMs: 1_000 };
  const { keeper, said } = keeperOf(store, clock);
  await keeper.tick();
  const first = ringIn(store);
  await keeper.tick();
  t.deepEqual(ringIn(store), first);
  t.is(store.version, 2);
  clock.nowMs += SESSION_KEY_LIFETIME_MS;
  await keeper.tick();
  t.deepEqual(ringIn(store)?.sealing, first?.next);
  t.deepEqual(ringIn(store)?.previous, first?.sealing);
  t.deepEqual(said, ['new keys for TLS sessions', 'the keys for TLS sessions are rotated']);
});

test('what is no ring is replaced; whoever is too late writes nothing', async t => {
  const store = memory({ [RING_KEY]: 'broken', other: 'x' });
  const { keeper, said } = keeperOf(store, { nowMs: 1 });
  store.loses = true;
  await keeper.tick();
  t.is(ringIn(store), undefined);
  t.deepEqual(said, []);
  store.loses = false;
  await keeper.tick();
  t.not(ringIn(store), undefined);
});
