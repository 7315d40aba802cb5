import test from 'ava';
import fc from 'fast-check';
import type { IngressPath } from '../../src/core/objects/ingress.ts';
import type { ProblemCode } from '../../src/core/problem.ts';
import { normalizePath } from '../../src/core/request-path.ts';
import type { PathMatch } from '../../src/core/route-plan.ts';
import { comparePathMatch, pathIdentity, readRulePath } from '../../src/core/rule-path.ts';
import { backend } from '../helpers/stored-world.ts';

type PathType = IngressPath['pathType'];

const read = (path: string, pathType: PathType, useRegex = false) =>
  readRulePath({ path, pathType, backend: backend('cart') }, { useRegex, field: 'paths[0].path' });

const prefix = (path: string): PathMatch => ({ kind: 'prefix', path });
const exact = (path: string): PathMatch => ({ kind: 'exact', path });
const regex = (pattern: string): PathMatch => ({ kind: 'regex', pattern });

const matches = test.macro({
  exec(t, pathType: PathType, path: string, expected: PathMatch) {
    t.deepEqual(read(path, pathType), { ok: true, value: expected });
  },
  title: (_, pathType: PathType, path: string, expected: PathMatch) =>
    `${pathType} ${JSON.stringify(path)} is ${expected.kind} ${expected.kind === 'regex' ? expected.pattern : expected.path}`,
});

test(matches, 'Prefix', '/', prefix('/'));
test(matches, 'Prefix', '/cart', prefix('/cart'));
test(matches, 'Prefix', '/cart/', prefix('/cart'));
test(matches, 'Exact', '/cart/', exact('/cart/'));
test(matches, 'Exact', '/', exact('/'));
test(matches, 'ImplementationSpecific', '/cart/', prefix('/cart'));
// v1beta1: a path left out stands for all of them.
test(matches, 'ImplementationSpecific', '', prefix('/'));
// The same treatment as a request's path gets, since both are compared byte for byte.
test(matches, 'Prefix', '/%7euser', prefix('/~user'));
test(matches, 'Prefix', '/a%2fb', prefix('/a%2Fb'));
test(matches, 'Exact', '/a/../b', exact('/b'));
test(matches, 'Prefix', '/a/./b/', prefix('/a/b'));
test(matches, 'Exact', '/a//b', exact('/a//b'));
test(matches, 'Prefix', '/产', prefix('/\u00e4\u00ba\u00a7'));
// Without use-regex a pattern is text.
test(matches, 'ImplementationSpecific', '/a(.*)', prefix('/a(.*)'));

const refused = test.macro({
  exec(
    t,
    [pathType, path, useRegex = false]: readonly [PathType, string, boolean?],
    code: ProblemCode,
    says: RegExp,
  ) {
    const result = read(path, pathType, useRegex);
    t.false(result.ok);
    if (result.ok) return;
    t.is(result.problems.length, 1);
    const [problem] = result.problems;
    t.is(problem?.code, code);
    t.is(problem?.field, 'paths[0].path');
    t.is(problem?.value, path);
    t.regex(problem?.message ?? '', says);
  },
  title: (_, [pathType, path, useRegex]: readonly [PathType, string, boolean?]) =>
    `${pathType} ${JSON.stringify(path)}${useRegex ? ' under use-regex' : ''} is refused`,
});

test(refused, ['Prefix', 'cart'], 'PathInvalid', /absolute; write "\/cart"/);
test(refused, ['Prefix', ''], 'PathInvalid', /absolute; write "\/"/);
test(refused, ['Exact', ''], 'PathInvalid', /absolute/);
test(refused, ['ImplementationSpecific', 'cart', true], 'PathInvalid', /absolute/);
test(refused, ['ImplementationSpecific', '^/cart', true], 'PathInvalid', /absolute/);
test(refused, ['Prefix', '/a?b=c'], 'PathInvalid', /ticket can look at the query/);
test(refused, ['Prefix', '/a b'], 'PathInvalid', /no request can have this path/);
test(refused, ['Prefix', '/a\nb'], 'PathInvalid', /no request can have this path/);
test(refused, ['Prefix', '/a#b'], 'PathInvalid', /no request can have this path/);
test(refused, ['Prefix', '/a\\b'], 'PathInvalid', /no request can have this path/);
test(refused, ['Exact', '/%zz'], 'PathInvalid', /no request can have this path/);
test(refused, ['Exact', '/%00'], 'PathInvalid', /no request can have this path/);
test(refused, ['Exact', '/a/..;/b'], 'PathInvalid', /no request can have this path/);
test(refused, ['ImplementationSpecific', '/a(', true], 'RegexInvalid', /RE2/);
test(refused, ['ImplementationSpecific', '/(?=a)', true], 'RegexInvalid', /look-ahead/);
test(refused, ['ImplementationSpecific', `/${'a'.repeat(512)}`, true], 'RegexInvalid', /512/);

test('use-regex makes a regex of ImplementationSpecific alone', t => {
  t.deepEqual(read('/a(.*)', 'ImplementationSpecific', true), { ok: true, value: regex('/a(.*)') });
  t.deepEqual(read('', 'ImplementationSpecific', true), { ok: true, value: regex('/') });
  t.deepEqual(read('/a', 'Prefix', true), { ok: true, value: prefix('/a') });
  t.deepEqual(read('/a', 'Exact', true), { ok: true, value: exact('/a') });
});

test('the longest path comes first, and of two that are equally long the exact one', t => {
  const inOrder = [
    regex('/items/\\d+'),
    exact('/cart'),
    prefix('/cart'),
    regex('/ca.t'),
    exact('/'),
    prefix('/'),
  ];
  t.deepEqual(inOrder.toReversed().toSorted(comparePathMatch), inOrder);
});

test('a path is a duplicate of its twin alone', t => {
  const all = [exact('/a'), prefix('/a'), regex('/a'), exact('/b'), prefix('/A')];
  t.is(new Set(all.map(pathIdentity)).size, all.length);
  t.is(pathIdentity(exact('/a')), pathIdentity(exact('/a')));
});

test('any path is a match or one problem, and a match is a path that requests can have', t => {
  const piece = fc.constantFrom('/', 'a', '.', '..', ';', '%2f', '%7e', '%', '(', ')', '产', '?', ' ');
  const paths = fc.record({
    path: fc.oneof(
      fc.string(),
      fc.string({ unit: piece }).map(text => `/${text}`),
    ),
    pathType: fc.constantFrom<PathType>('Exact', 'Prefix', 'ImplementationSpecific'),
    useRegex: fc.boolean(),
  });
  t.notThrows(() =>
    fc.assert(
      fc.property(paths, ({ path, pathType, useRegex }) => {
        const result = read(path, pathType, useRegex);
        if (!result.ok) return result.problems.length === 1;
        const match = result.value;
        if (match.kind === 'regex') return useRegex && match.pattern === (path === '' ? '/' : path);
        return normalizePath(match.path) === match.path;
      }),
      { numRuns: 500 },
    ),
  );
});
