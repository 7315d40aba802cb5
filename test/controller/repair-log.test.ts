import test from 'ava';
import { RepairLog, UNCONTESTED_REPAIRS } from '../../src/controller/repair-log.ts';

const WEB = { namespace: 'shop', name: 'web', uid: 'u1' };
const OTHER = { namespace: 'shop', name: 'other', uid: 'u2' };

test('three repairs are made soon after one another, later ones get rarer up to ten minutes', t => {
  const log = new RepairLog();
  const pauses: number[] = [];
  const contested: boolean[] = [];
  let nowMs = 1_000_000;
  for (let index = 0; index < 8; index += 1) {
    contested.push(log.note(WEB, { changed: true, nowMs }));
    pauses.push(log.dueMs(WEB) - nowMs);
    nowMs = log.dueMs(WEB);
  }
  t.deepEqual(pauses, [2_000, 4_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
  t.is(contested.indexOf(true), UNCONTESTED_REPAIRS - 1);
  t.is(contested.filter(Boolean).length, 1);
});

test('an Ingress that was made anew under the same name has no past', t => {
  const log = new RepairLog();
  log.note(WEB, { changed: true, nowMs: 1_000 });
  t.is(log.dueMs({ ...WEB, uid: 'u3' }), 0);
});

test('a repair that changes nothing means that the webhook is away: probes, ever rarer, until one succeeds', t => {
  const log = new RepairLog();
  const probes: (number | undefined)[] = [];
  let nowMs = 0;
  for (let index = 0; index < 5; index += 1) {
    log.note(index % 2 === 0 ? WEB : OTHER, { changed: false, nowMs });
    probes.push((log.probing?.nextMs ?? 0) - nowMs);
    nowMs = log.probing?.nextMs ?? 0;
  }
  t.deepEqual(probes, [2_000, 4_000, 8_000, 15_000, 15_000]);
  log.note(OTHER, { changed: true, nowMs });
  t.is(log.probing, null);
  t.is(log.dueMs(WEB), 0, 'due at once, whatever its own probes came to');
});

test('one that is raw alone is tried as often as probes are made, so that it finds the webhook back in time', t => {
  const log = new RepairLog();
  let nowMs = 0;
  for (let index = 0; index < 8; index += 1) {
    log.note(WEB, { changed: false, nowMs });
    const nextMs = Math.max(log.dueMs(WEB), log.probing?.nextMs ?? 0);
    t.true(nextMs - nowMs <= 15_000, String(nextMs - nowMs));
    nowMs = nextMs;
  }
});
