import { randomBytes } from 'node:crypto';
import test from 'ava';
import type { TicketKeys } from '../../router/tls/session-tickets.ts';
import { RouterSessionKeys, type RouterSessionKeysDeps } from '../../src/cli/router-session-keys.ts';
import { RING_KEY } from '../../src/controller/session-keys.ts';
import {
  newRing,
  ringAt,
  ringKeys,
  ringText,
  SESSION_KEY_BYTES,
  SESSION_KEY_LIFETIME_MS,
  type SessionKeyRing,
} from '../../src/core/session-key-ring.ts';

const newKey = (): Uint8Array => randomBytes(SESSION_KEY_BYTES);

const world = (shared: RouterSessionKeysDeps['shared']) => {
  const changes: TicketKeys[] = [];
  const said: string[] = [];
  const clock = { nowMs: 1_000 };
  const ring = newRing(clock.nowMs, newKey);
  const keys = new RouterSessionKeys({
    ring,
    shared,
    change: change => changes.push(change),
    nowMs: () => clock.nowMs,
    newKey,
    say: text => said.push(text),
  });
  return { keys, ring, changes, said, clock };
};

const sharing = (): {
  ring: SessionKeyRing | null;
  fails: boolean;
  store: NonNullable<RouterSessionKeysDeps['shared']>;
} => {
  const held = {
    ring: null as SessionKeyRing | null,
    fails: false,
    store: {
      name: 'Secret sluice-system/sluice-session-keys',
      read: async () => {
        if (held.fails) throw new Error('forbidden');
        return held.ring === null ? null : { content: { [RING_KEY]: ringText(held.ring) }, version: '1' };
      },
    },
  };
  return held;
};

const sealingOf = (keys: TicketKeys | undefined): string => Buffer.from(keys?.sealing ?? []).toString('hex');

test('a router that is alone rotates its own keys', async t => {
  const { keys, ring, changes, clock } = world(null);
  await keys.tick();
  t.deepEqual(changes, []);
  clock.nowMs += SESSION_KEY_LIFETIME_MS;
  await keys.tick();
  t.is(changes.length, 1);
  t.is(sealingOf(changes[0]), sealingOf({ sealing: ring.next, accepted: [] }));
});

test('shared keys take the place of its own, and hold while nobody can be asked', async t => {
  const held = sharing();
  const { keys, changes, said, clock } = world(held.store);
  await keys.tick();
  await keys.tick();
  t.deepEqual(said, [
    "the keys for TLS sessions that routers share cannot be read, this router's own are used: Secret sluice-system/sluice-session-keys holds none yet",
  ]);
  held.ring = newRing(2_000, newKey);
  await keys.tick();
  await keys.tick();
  t.is(changes.length, 1);
  t.is(sealingOf(changes[0]), sealingOf(ringKeys(held.ring)));
  held.fails = true;
  clock.nowMs += 5 * SESSION_KEY_LIFETIME_MS;
  await t.throwsAsync(() => keys.tick(), { message: 'forbidden' });
  t.is(changes.length, 1);
  held.fails = false;
  held.ring = ringAt(held.ring, clock.nowMs, newKey);
  await keys.tick();
  t.is(sealingOf(changes[1]), sealingOf(ringKeys(held.ring)));
});

test('until shared keys were read once, its own are rotated though the reads fail', async t => {
  const held = sharing();
  held.fails = true;
  const { keys, changes, clock } = world(held.store);
  clock.nowMs += SESSION_KEY_LIFETIME_MS;
  await t.throwsAsync(() => keys.tick());
  t.is(changes.length, 1);
});
