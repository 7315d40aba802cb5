import test from 'ava';
import {
  newRing,
  parseRing,
  ringAt,
  ringKeys,
  ringText,
  SESSION_KEY_BYTES,
  SESSION_KEY_LIFETIME_MS,
} from '../../src/core/session-key-ring.ts';

const counting = (): (() => Uint8Array) => {
  let made = 0;
  return () => {
    made += 1;
    return Buffer.alloc(SESSION_KEY_BYTES, made);
  };
};

const NOW_MS = 1_800_000_000_000;

test('a key is known a lifetime before it seals, and a lifetime after', t => {
  const newKey = counting();
  let ring = newRing(NOW_MS, newKey);
  const first = ring.sealing;
  const second = ring.next;
  t.is(ringAt(ring, NOW_MS + SESSION_KEY_LIFETIME_MS - 1, newKey), ring);
  ring = ringAt(ring, NOW_MS + SESSION_KEY_LIFETIME_MS, newKey);
  t.is(ring.sealing, second);
  t.true(ringKeys(ring).accepted.includes(first));
  ring = ringAt(ring, NOW_MS + 3 * SESSION_KEY_LIFETIME_MS, newKey);
  t.false([ring.sealing, ...ringKeys(ring).accepted].includes(first));
  t.true(ringKeys(ring).accepted.includes(second));
});

test('a clock that was set back past the last rotation rotates, and does not wait for years', t => {
  const newKey = counting();
  const ring = newRing(NOW_MS, newKey);
  t.is(ringAt(ring, NOW_MS - 1, newKey).rotatedMs, NOW_MS - 1);
});

test('what is written is read again', t => {
  const newKey = counting();
  const first = newRing(NOW_MS, newKey);
  for (const ring of [first, ringAt(first, NOW_MS + SESSION_KEY_LIFETIME_MS, newKey)]) {
    const again = parseRing(ringText(ring));
    t.is(again === undefined ? '' : ringText(again), ringText(ring));
  }
});

for (const text of [
  '',
  '{',
  '[]',
  '{"rotatedMs":1}',
  '{"rotatedMs":1.5,"next":"","sealing":"","previous":null}',
  `{"rotatedMs":1,"next":"${'A'.repeat(64)}","sealing":"${'A'.repeat(63)}","previous":null}`,
  `{"rotatedMs":1,"next":"${'A'.repeat(64)}","sealing":"${'A'.repeat(64)}"}`,
]) {
  test(`no ring: ${text}`, t => t.is(parseRing(text), undefined));
}
