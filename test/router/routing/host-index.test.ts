import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { HostIndex } from '../../../router/routing/host-index.ts';

/** Few names, so that they come and go again; long enough that slots collide and bytes are moved. */
const name = fc
  .tuple(fc.constantFrom('shop', 'img', 'a', ''), fc.nat({ max: 40 }))
  .map(([stem, nth]) => `${stem}-${nth}.${'x'.repeat(nth)}.bench.test`);

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ set: name, value: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ remove: name }) },
);

test('whatever comes and goes, it holds what a Map holds', t => {
  const property = fc.property(fc.integer(), fc.array(step, { maxLength: 300 }), (seed, steps) => {
    const index = new HostIndex(seed);
    const reference = new Map<string, number>();
    const met = new Set<string>();
    for (const each of steps) {
      if ('remove' in each) {
        index.delete(each.remove);
        reference.delete(each.remove);
      } else {
        index.set(each.set, each.value);
        reference.set(each.set, each.value);
        met.add(each.set);
      }
    }
    assert.equal(index.size, reference.size);
    for (const each of met) assert.equal(index.find(each), reference.get(each) ?? -1);
  });
  t.notThrows(() => fc.assert(property, { numRuns: 300 }));
});

test('10,000 names are found after 10,000 others have gone', t => {
  const index = new HostIndex(7);
  for (let at = 0; at < 20_000; at += 1) index.set(`shop-${at}.bench.test`, at);
  for (let at = 0; at < 20_000; at += 2) index.delete(`shop-${at}.bench.test`);
  t.is(index.size, 10_000);
  const wrong = Array.from({ length: 20_000 }, (_, at) => at).filter(
    at => index.find(`shop-${at}.bench.test`) !== (at % 2 === 0 ? -1 : at),
  );
  t.deepEqual(wrong, []);
});

test('a name may be the end of a longer text', t => {
  const index = new HostIndex(0);
  index.set('.taobao.com', 3);
  t.is(index.find('www.taobao.com', 3), 3);
  t.is(index.find('www.taobao.com', 4), -1);
  t.is(index.find('www.taobao.co', 3), -1);
  t.is(index.find('www.taobao.com.', 3), -1);
});

test('a name set again has its new number, and one that is not there may be deleted', t => {
  const index = new HostIndex(0);
  index.set('taobao.com', 1);
  index.set('taobao.com', 2);
  index.delete('www.taobao.com');
  t.deepEqual([index.size, index.find('taobao.com')], [1, 2]);
});

test('characters beyond a byte find nothing', t => {
  const index = new HostIndex(0);
  index.set('a.com', 1);
  t.is(index.find('\u0161.com'), -1);
  t.is(index.find(`${String.fromCharCode(0x161)}.com`), -1);
});
