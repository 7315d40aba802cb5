import test from 'ava';
import fc from 'fast-check';
import { claimHosts } from '../../src/core/claims.ts';
import { metadata } from '../helpers/kubernetes-objects.ts';

const ask = (path: string, createdMs: number | null, hosts: readonly string[], fileOrder = 0) => {
  const [namespace = '', name = ''] = path.split('/');
  return { metadata: metadata(name, { namespace, createdMs, fileOrder }), hosts };
};

test('the oldest Ingress gives its namespace the host, and each other namespace loses it', t => {
  const claims = claimHosts([
    ask('b/x', 2, ['a.com', 'b.com', 'a.com']),
    ask('a/x', 3, ['a.com']),
    ask('b/y', 4, ['a.com']),
  ]);
  t.is(claims.holderOf('a.com'), 'b');
  t.is(claims.holderOf('b.com'), 'b');
  t.is(claims.holderOf('c.com'), undefined);
  t.deepEqual(
    claims.losers.map(
      ({ host, ingress, holder }) => `${host} ${ingress.namespace}/${ingress.name} ${holder}`,
    ),
    ['a.com a/x b'],
  );
});

test('of Ingresses of one age the namespace decides, then the name', t => {
  t.is(claimHosts([ask('b/a', 1, ['a.com']), ask('a/z', 1, ['a.com'])]).holderOf('a.com'), 'a');
});

test('in files without creation times the place among the files decides', t => {
  const claims = claimHosts([ask('a/x', null, ['a.com'], 2), ask('b/x', null, ['a.com'], 1)]);
  t.is(claims.holderOf('a.com'), 'b');
});

test('a recorded claim beats every age', t => {
  const claims = claimHosts(
    [ask('a/x', 1, ['a.com'])],
    new Map([
      ['a.com', 'z'],
      ['b.com', 'y'],
    ]),
  );
  t.is(claims.holderOf('a.com'), 'z');
  t.is(claims.holderOf('b.com'), 'y');
  t.deepEqual(
    claims.losers.map(({ holder }) => holder),
    ['z'],
  );
});

test('a host named like a property of every object is a host like any other', t => {
  t.is(claimHosts([]).holderOf('constructor'), undefined);
  t.is(claimHosts([ask('a/x', 1, ['__proto__'])]).holderOf('__proto__'), 'a');
});

test('claims do not depend on the order in which the Ingresses come', t => {
  const hosts = fc.array(fc.constantFrom('a.com', 'b.com', '*.a.com', ''), { maxLength: 4 });
  const ingresses = fc.uniqueArray(
    fc.record({
      path: fc
        .tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('x', 'y', 'z'))
        .map(parts => parts.join('/')),
      createdMs: fc.option(fc.integer({ min: 1, max: 3 })),
      fileOrder: fc.integer({ min: 0, max: 2 }),
      hosts,
    }),
    { selector: ({ path }) => path, maxLength: 9 },
  );
  const shuffled = ingresses.chain(list =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );
  const summary = (
    list: readonly { path: string; createdMs: number | null; fileOrder: number; hosts: string[] }[],
  ) => {
    const claims = claimHosts(list.map(one => ask(one.path, one.createdMs, one.hosts, one.fileOrder)));
    return JSON.stringify([
      ['a.com', 'b.com', '*.a.com', ''].map(host => claims.holderOf(host)),
      claims.losers,
    ]);
  };
  fc.assert(
    fc.property(shuffled, ([list, other]) => summary(list) === summary(other)),
    { numRuns: 500 },
  );
  t.pass();
});
