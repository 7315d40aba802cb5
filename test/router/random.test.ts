import test from 'ava';
import { draw32, randomId } from '../../router/random.ts';

test('ids are 32 hex digits, and neither a refill nor a draw between them repeats one', t => {
  const ids = new Set<string>();
  for (let count = 0; count < 5_000; count += 1) {
    const id = randomId();
    t.regex(id, /^[0-9a-f]{32}$/);
    ids.add(id);
    for (let draws = count % 7; draws > 0; draws -= 1) draw32();
  }
  t.is(ids.size, 5_000);
});

test('no draw is part of an id: a client that sees the one learns nothing of the other', t => {
  const words = new Set<string>();
  const draws = new Set<string>();
  for (let count = 0; count < 2_000; count += 1) {
    for (const word of randomId().match(/.{8}/g) ?? []) words.add(word);
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(draw32());
    draws.add(bytes.toString('hex'));
  }
  // Of 8,000 words and 2,000 draws, equal ones by chance: 0.004 are expected.
  t.true(words.intersection(draws).size <= 2);
});
