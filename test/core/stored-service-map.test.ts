import test from 'ava';
import fc from 'fast-check';
import { printServiceConfig } from '../../src/core/service-config.ts';
import { storedServiceMap } from '../../src/core/stored-service-map.ts';

const mapIn = test.macro({
  exec(t, text: string, expected: Readonly<Record<string, Readonly<Record<string, string>>>> | null) {
    const map = storedServiceMap(text);
    t.deepEqual(
      map && Object.fromEntries([...map].map(([name, tracks]) => [name, Object.fromEntries(tracks)])),
      expected,
    );
  },
  title: (title = '') => title,
});

const CART = '"serviceMap":{"cart":"cart-edge"}';

test('a good service-config tells its serviceMap', mapIn, `{"hosts":{},"drainage":{${CART}}}`, {
  cart: { edge: 'cart-edge' },
});
test(
  'an unknown field, a bad host and a bad onEmptyEdge leave the serviceMap readable',
  mapIn,
  `{"hosts":{"_":1},"x":1,"drainage":{${CART},"onEmptyEdge":"never"}}`,
  { cart: { edge: 'cart-edge' } },
);
test('a serviceMap that is itself wrong is none', mapIn, '{"drainage":{"serviceMap":{"cart":"-"}}}', null);
test('without a serviceMap there is none', mapIn, '{"hosts":{},"drainage":{}}', null);
test('without drainage there is none', mapIn, '{"drainage":[]}', null);
test('what is no JSON object holds none', mapIn, '[1]', null);
test('what is no JSON holds none', mapIn, '{', null);
test('what is too long to be read holds none', mapIn, `{"drainage":{${CART}}}${' '.repeat(65536)}`, null);
test(
  'what nests too deep holds none',
  mapIn,
  `{"drainage":{${CART}},"x":${'['.repeat(99)}${']'.repeat(99)}}`,
  null,
);

test('any text is read without an exception, and what is printed is read back', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.string(), text => storedServiceMap(text) === null),
      { numRuns: 300 },
    ),
  );
  const printed = printServiceConfig({ hosts: {}, serviceMap: { cart: { beta: 'cart-beta' } } });
  t.is(storedServiceMap(printed)?.get('cart')?.get('beta'), 'cart-beta');
});
