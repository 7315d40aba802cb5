import test from 'ava';
import fc from 'fast-check';
import type { PathType } from '../../src/core/objects/ingress.ts';
import { formatProblem } from '../../src/core/problem.ts';
import { normalizePath } from '../../src/core/request-path.ts';
import type { PathMatch } from '../../src/core/route-plan.ts';
import { comparePathMatch, pathIdentity, readRulePath } from '../../src/core/rule-path.ts';
import { anyText } from '../helpers/any-text.ts';
import { assertPrintable } from '../helpers/problem-lines.ts';

const read = (path: string, pathType: PathType, useRegex = false) =>
  readRulePath(
    { path, pathType, backend: { kind: 'service', name: 'cart', port: 80 } },
    { useRegex, field: 'f' },
  );

const matches = test.macro({
  exec(t, path: string, pathType: PathType, useRegex: boolean, expected: PathMatch) {
    t.deepEqual(read(path, pathType, useRegex), { ok: true, value: expected });
  },
  title: (_, path, pathType, useRegex) =>
    `${pathType} ${JSON.stringify(path)}${useRegex ? ' under use-regex' : ''} is read`,
});

test(matches, '/cart', 'Prefix', false, { kind: 'prefix', path: '/cart' });
test(matches, '/cart/', 'Prefix', false, { kind: 'prefix', path: '/cart' });
test(matches, '/cart//', 'Prefix', false, { kind: 'prefix', path: '/cart/' });
test(matches, '/', 'Prefix', false, { kind: 'prefix', path: '/' });
test(matches, '/cart/', 'Exact', false, { kind: 'exact', path: '/cart/' });
test(matches, '/', 'Exact', false, { kind: 'exact', path: '/' });
test(matches, '//', 'Exact', false, { kind: 'exact', path: '//' });
test(matches, '//a', 'Prefix', false, { kind: 'prefix', path: '//a' });
test(matches, '/cart', 'ImplementationSpecific', false, { kind: 'prefix', path: '/cart' });
test(matches, '', 'ImplementationSpecific', false, { kind: 'prefix', path: '/' });
test(matches, '', 'ImplementationSpecific', true, { kind: 'regex', pattern: '/' });
test(matches, '/cart(/|$)(.*)', 'ImplementationSpecific', true, { kind: 'regex', pattern: '/cart(/|$)(.*)' });
test(matches, '/a?b#c', 'ImplementationSpecific', true, { kind: 'regex', pattern: '/a?b#c' });
test(matches, '/cart', 'Prefix', true, { kind: 'prefix', path: '/cart' });
test(matches, '/cart', 'Exact', true, { kind: 'exact', path: '/cart' });

// The treatment of request paths (DESIGN 7)
test(matches, '/%63art/%c3%a9', 'Exact', false, { kind: 'exact', path: '/cart/%C3%A9' });
test(matches, '/a/../cart', 'Prefix', false, { kind: 'prefix', path: '/cart' });
test(matches, '/a/./b', 'Exact', false, { kind: 'exact', path: '/a/b' });
test(matches, '/a//b', 'Prefix', false, { kind: 'prefix', path: '/a//b' });
test(matches, '/a%2fb', 'Prefix', false, { kind: 'prefix', path: '/a%2Fb' });
test(matches, '/é', 'Exact', false, { kind: 'exact', path: '/%C3%A9' });
test(matches, '/__proto__', 'Exact', false, { kind: 'exact', path: '/__proto__' });

const problems = test.macro({
  exec(t, path: string, pathType: PathType, useRegex: boolean, expected: string) {
    const result = read(path, pathType, useRegex);
    t.deepEqual(result.ok ? [] : result.problems.map(formatProblem), [expected]);
  },
  title: (_, path, pathType, useRegex) =>
    `${pathType} ${JSON.stringify(path)}${useRegex ? ' under use-regex' : ''} is refused`,
});

test(problems, 'cart', 'Prefix', false, 'PathInvalid f "cart": must be absolute; write "/cart".');
test(problems, '', 'Prefix', false, 'PathInvalid f "": must be absolute; write "/".');
test(problems, '', 'Exact', false, 'PathInvalid f "": must be absolute; write "/".');
test(problems, 'a.*', 'ImplementationSpecific', true, 'PathInvalid f "a.*": must be absolute; write "/a.*".');
test(
  problems,
  '//',
  'Prefix',
  false,
  'PathInvalid f "//": is no prefix of path elements; write "/", which matches every path.',
);
test(
  problems,
  '///',
  'Prefix',
  false,
  'PathInvalid f "///": is no prefix of path elements; write "/", which matches every path.',
);
test(
  problems,
  '/x/..//',
  'ImplementationSpecific',
  false,
  'PathInvalid f "/x/..//": is no prefix of path elements; write "/", which matches every path.',
);
test(
  problems,
  '/a?b=1',
  'Prefix',
  false,
  'PathInvalid f "/a?b=1": holds a "?", which no request path does; write the part before it, a ticket can look at the query.',
);
const NEVER =
  'no request can have this path: use neither spaces, control bytes, "\\", "#", "%" without two hex digits, "%00" nor dot segments with ";".';
for (const path of [
  '/a b',
  '/a\n',
  '/a\\b',
  '/a#b',
  '/a%',
  '/a%zz',
  '/a%00',
  '/a/..;/b',
  '/a\x7f',
  '/a"\n} location / {',
])
  test(
    problems,
    path,
    'Prefix',
    false,
    `PathInvalid f ${JSON.stringify(path).replace('\x7f', '\\u007f')}: ${NEVER}`,
  );
test(
  problems,
  '/(a',
  'ImplementationSpecific',
  true,
  'RegexInvalid f "/(a": is no RE2 regular expression, missing closing ): `/(a`: correct it, and write \\ in front of a character that is meant as it stands.',
);

test(
  problems,
  '/(?=a)',
  'ImplementationSpecific',
  true,
  'RegexInvalid f "/(?=a)": is no RE2 regular expression, invalid or unsupported Perl syntax: `(?=`; RE2 has no look-ahead, look-behind, back-references, atomic groups or possessive quantifiers: write it without.',
);
test(
  problems,
  '^/cart',
  'ImplementationSpecific',
  true,
  'PathInvalid f "^/cart": must be absolute; write "/cart".',
);

test('a regex of more than 512 characters is refused', t => {
  t.true(read(`/${'a'.repeat(511)}`, 'ImplementationSpecific', true).ok);
  const result = read(`/${'a'.repeat(512)}`, 'ImplementationSpecific', true);
  t.deepEqual(result.ok ? [] : result.problems.map(({ code }) => code), ['RegexInvalid']);
});

test('a megabyte of path is refused in a line', t => {
  const result = read('a'.repeat(1_000_000), 'Prefix');
  t.true(!result.ok && result.problems.every(problem => problem.message.length < 300));
});

test('precedence: longest first, exact before prefix before regex', t => {
  const written: readonly PathMatch[] = [
    { kind: 'prefix', path: '/' },
    { kind: 'regex', pattern: '/cart' },
    { kind: 'prefix', path: '/cart' },
    { kind: 'prefix', path: '/cart/items' },
    { kind: 'exact', path: '/cart' },
    { kind: 'exact', path: '/' },
  ];
  t.deepEqual([...written].sort(comparePathMatch).map(pathIdentity), [
    '["prefix","/cart/items"]',
    '["exact","/cart"]',
    '["prefix","/cart"]',
    '["regex","/cart"]',
    '["exact","/"]',
    '["prefix","/"]',
  ]);
});

test('two writings of one match are identical, and the kind tells matches apart', t => {
  const identity = (path: string, pathType: PathType): string => {
    const result = read(path, pathType);
    return result.ok ? pathIdentity(result.value) : '';
  };
  t.is(identity('/cart/', 'Prefix'), identity('/%63art', 'ImplementationSpecific'));
  t.not(identity('/cart', 'Prefix'), identity('/cart', 'Exact'));
});

test('matches of another kind, path or case are told apart', t => {
  const all: readonly PathMatch[] = [
    { kind: 'exact', path: '/a' },
    { kind: 'prefix', path: '/a' },
    { kind: 'regex', pattern: '/a' },
    { kind: 'exact', path: '/b' },
    { kind: 'prefix', path: '/A' },
  ];
  t.is(new Set(all.map(pathIdentity)).size, all.length);
});

test('any path is read or refused with printable lines, and what is read is read again as itself', t => {
  const path = fc.oneof(
    anyText(),
    fc
      .string({
        unit: fc.constantFrom(
          '/',
          '.',
          '..',
          ';',
          '%2e',
          '%',
          'a',
          '\\',
          '#',
          '?',
          ' ',
          '\n',
          'é',
          '(',
          ')',
          '*',
          '{',
          '\u202e',
        ),
      })
      .map(text => `/${text}`),
  );
  const types = fc.constantFrom<PathType>('Exact', 'Prefix', 'ImplementationSpecific');
  fc.assert(
    fc.property(path, types, fc.boolean(), (written, pathType, useRegex) => {
      const result = read(written, pathType, useRegex);
      if (!result.ok) {
        assertPrintable(t, result.problems);
        return;
      }
      const match = result.value;
      if (match.kind === 'regex') return;
      t.is(normalizePath(match.path), match.path);
      t.false(/^\/{2,}$/.test(match.path) && match.kind === 'prefix');
      // A prefix may lose another slash when it is read again, so only exact paths are compared.
      if (match.kind === 'exact') t.deepEqual(read(match.path, 'Exact'), result);
    }),
    { numRuns: 2000 },
  );
});
