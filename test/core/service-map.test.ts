import test from 'ava';
import fc from 'fast-check';
import { formatProblem } from '../../src/core/problem.ts';
import { isServiceName, isTrackName, readServiceMap, type ServiceMap } from '../../src/core/service-map.ts';
import { jsonOf } from '../helpers/arbitrary-json.ts';
import { assertPrintable } from '../helpers/problem-lines.ts';

const plain = (map: ServiceMap): unknown =>
  [...map].map(([stable, tracks]) => [stable, Object.fromEntries(tracks)]);

const maps = test.macro({
  exec(t, written: unknown, expected: unknown) {
    const read = readServiceMap(written, 'map');
    t.deepEqual(read.ok && plain(read.value), expected);
  },
  title: (_, written) => `${JSON.stringify(written)} is read`,
});

test(maps, {}, []);
test(maps, { 'cart-svc': 'cart-svc-edge' }, [['cart-svc', { edge: 'cart-svc-edge' }]]);
test(maps, { www: { edge: 'www-edge', beta: 'www-beta' } }, [
  ['www', { edge: 'www-edge', beta: 'www-beta' }],
]);
test(maps, { www: {} }, [['www', {}]]);
test(maps, { constructor: { constructor: 'value-of' } }, [['constructor', { constructor: 'value-of' }]]);
test(maps, { ['a'.repeat(63)]: 'b'.repeat(63) }, [['a'.repeat(63), { edge: 'b'.repeat(63) }]]);

const problems = test.macro({
  exec(t, written: unknown, expected: readonly string[]) {
    const read = readServiceMap(written, 'map');
    t.deepEqual(read.ok ? [] : read.problems.map(formatProblem), expected);
  },
  title: (title = '') => title,
});

const NO_MAP = 'must map stable Services to edge Services, e.g. {"cart-svc":"cart-svc-edge"}.';
test('a list is no serviceMap', problems, ['cart'], [`ServiceConfigInvalid map "[\\"cart\\"]": ${NO_MAP}`]);
test('null is no serviceMap', problems, null, [`ServiceConfigInvalid map "null": ${NO_MAP}`]);
test('a number is no edge', problems, { cart: 5 }, [
  'ServiceConfigInvalid map.cart "5": must be an edge Service\'s name, or map tracks to names, e.g. {"edge":"cart-edge"}.',
]);
test("a number is no name of a track's Service", problems, { cart: { edge: 5 } }, [
  'ServiceConfigInvalid map.cart.edge "5": must be the name of a Service in quotes, e.g. "cart-svc-edge".',
]);

const NO_SERVICE = 'is no Service name; use at most 63 lower-case letters, digits and "-".';
for (const name of [
  'Cart',
  'cart_edge',
  'cart.edge',
  '-cart',
  'cart-',
  '',
  '1Cart',
  'a'.repeat(64),
  'ns/cart',
  '__proto__',
])
  test(`the edge ${JSON.stringify(name)} is no Service name`, problems, { cart: name }, [
    `EdgeServiceInvalid map.cart ${JSON.stringify(name)}: ${NO_SERVICE}`,
  ]);
test('a stable Service is written as it stands in the rules', problems, { 'Cart.svc': 'cart-edge' }, [
  'EdgeServiceInvalid map["Cart.svc"] "Cart.svc": is no Service name; write the stable Service as it stands in the rules, e.g. "cart-svc".',
]);
test('__proto__ is no stable Service', problems, JSON.parse('{"__proto__":"x"}'), [
  'EdgeServiceInvalid map.__proto__ "__proto__": is no Service name; write the stable Service as it stands in the rules, e.g. "cart-svc".',
]);

const NO_TRACK = 'a track is named by at most 32 lower-case letters, digits and "-", and not "stable".';
for (const track of ['stable', 'Beta', '', 'a b', '__proto__', 'a'.repeat(33)])
  test(
    `${JSON.stringify(track)} names no track`,
    problems,
    { cart: JSON.parse(`{${JSON.stringify(track)}:"x"}`) },
    [
      `EdgeServiceInvalid map.cart${/^\w+$/.test(track) ? `.${track}` : `[${JSON.stringify(track)}]`} ${JSON.stringify(track)}: ${NO_TRACK}`,
    ],
  );

test('an edge that is a stable Service too is refused', problems, { cart: 'order', order: 'order-edge' }, [
  'EdgeServiceInvalid map.cart "order": its edge Service is listed as a stable Service too; give the edge a name of its own, e.g. "cart-edge".',
]);
test('an edge equal to its stable Service is refused', problems, { cart: 'cart' }, [
  'EdgeServiceInvalid map.cart "cart": its edge Service is listed as a stable Service too; give the edge a name of its own, e.g. "cart-edge".',
]);
test('one edge for two stable Services is refused', problems, { cart: 'new', order: 'new' }, [
  'EdgeServiceInvalid map.order "new": is already the edge of cart, track edge; give this one a name of its own, e.g. "order-edge".',
]);
test('one edge for two tracks is refused', problems, { cart: { beta: 'new', edge: 'new' } }, [
  'EdgeServiceInvalid map.cart "new": is already the edge of cart, track beta; give this one a name of its own, e.g. "cart-edge".',
]);
test('a proposed name is a valid one', problems, { ['a'.repeat(62)]: 5, 'x\ny': 'new', order: 'new' }, [
  `ServiceConfigInvalid map.${'a'.repeat(62)} "5": must be an edge Service's name, or map tracks to names, e.g. {"edge":"cart-svc-edge"}.`,
  'EdgeServiceInvalid map["x\\ny"] "x\\ny": is no Service name; write the stable Service as it stands in the rules, e.g. "cart-svc".',
  'EdgeServiceInvalid map.order "new": is already the edge of "x\\ny", track edge; give this one a name of its own, e.g. "order-edge".',
]);
test('all problems are told at once', problems, { cart: 5, 'x y': 'Z', order: { stable: 'a' } }, [
  'ServiceConfigInvalid map.cart "5": must be an edge Service\'s name, or map tracks to names, e.g. {"edge":"cart-edge"}.',
  'EdgeServiceInvalid map["x y"] "x y": is no Service name; write the stable Service as it stands in the rules, e.g. "cart-svc".',
  `EdgeServiceInvalid map["x y"] "Z": ${NO_SERVICE}`,
  `EdgeServiceInvalid map.order.stable "stable": ${NO_TRACK}`,
]);

test('any JSON is read or refused with printable lines, and what is read has valid names, each edge once', t => {
  const words = ['cart', 'order', 'cart-edge', 'edge', 'beta', 'stable', 'Bad_Name', '\u202e\n'];
  fc.assert(
    fc.property(jsonOf(words), written => {
      const read = readServiceMap(written, 'map');
      if (!read.ok) {
        t.true(read.problems.length > 0);
        assertPrintable(t, read.problems);
        return;
      }
      const edges = [...read.value.values()].flatMap(tracks => [...tracks.values()]);
      t.is(new Set(edges).size, edges.length);
      t.true(edges.every(edge => isServiceName(edge) && !read.value.has(edge)));
      t.true([...read.value.keys()].every(isServiceName));
      t.true(
        [...read.value.values()].every(tracks =>
          [...tracks.keys()].every(track => isTrackName(track) && track !== 'stable'),
        ),
      );
    }),
    { numRuns: 2000 },
  );
});
