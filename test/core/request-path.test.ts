import test from 'ava';
import fc from 'fast-check';
import { normalizePath } from '../../src/core/request-path.ts';

const paths = test.macro({
  exec(t, path: string, normalized: string | undefined) {
    t.is(normalizePath(path), normalized);
  },
  title: (_, path, normalized) =>
    normalized === undefined
      ? `${JSON.stringify(path)} is refused`
      : `${JSON.stringify(path)} is ${normalized}`,
});

test(paths, '/', '/');
test(paths, '/cart', '/cart');
test(paths, '/cart/', '/cart/');
test(paths, '/.well-known/acme-challenge/x', '/.well-known/acme-challenge/x');
test(paths, '/...', '/...');
test(paths, '/..a/.b/c..', '/..a/.b/c..');
test(paths, '/a;b=1/c', '/a;b=1/c');
test(paths, '/\xc3\xa9', '/%C3%A9');
test(paths, '/!$&\'()*+,;=:@-._~"<>^`{|}[]', '/!$&\'()*+,;=:@-._~"<>^`{|}[]');

// Percent-triplets
test(paths, '/%41%7a%30%2D%5f%7E', '/Az0-_~');
test(paths, '/cart%2fadmin', '/cart%2Fadmin');
test(paths, '/cart%2Fadmin', '/cart%2Fadmin');
test(paths, '/cart%5cadmin', '/cart%5Cadmin');
test(paths, '/%c3%a9', '/%C3%A9');
test(paths, '/%2541', '/%2541');
test(paths, '/%3b%3F%23', '/%3B%3F%23');
test(paths, '/a%', undefined);
test(paths, '/a%4', undefined);
test(paths, '/a%4g', undefined);
test(paths, '/a%%41', undefined);
test(paths, '/a%00', undefined);
test(paths, '/a%2', undefined);

// Dot segments: the payloads of S12
test(paths, '/cart/../admin', '/admin');
test(paths, '/cart/%2e%2e/admin', '/admin');
test(paths, '/cart/%2E./admin', '/admin');
test(paths, '/cart/.%2e/admin', '/admin');
test(paths, '/cart/%2e/admin', '/cart/admin');
test(paths, '/a/./b', '/a/b');
test(paths, '/a/b/.', '/a/b/');
test(paths, '/a/b/..', '/a/');
test(paths, '/a/..', '/');
test(paths, '/..', '/');
test(paths, '/.', '/');
test(paths, '/../../../etc/passwd', '/etc/passwd');
test(paths, '/a/b/c/./../../g', '/a/g');
test(paths, '/%2e%2e%2fadmin', '/..%2Fadmin');
test(paths, '/cart/..;/admin', undefined);
test(paths, '/cart/..;a=b/admin', undefined);
test(paths, '/cart/.;/admin', undefined);
test(paths, '/cart/%2e%2e;/admin', undefined);
test(paths, '/cart/..;', undefined);
test(paths, '/cart/..%3b/admin', '/cart/..%3B/admin');

// Empty segments stay
test(paths, '//admin', '//admin');
test(paths, '//', '//');
test(paths, '/a//b', '/a//b');
test(paths, '/a//../b', '/a/b');
test(paths, '/a/b//..', '/a/b/');
test(paths, '/..//a', '//a');
test(paths, '//..', '/');

// Bytes that are refused
test(paths, '', undefined);
test(paths, 'cart', undefined);
test(paths, '*', undefined);
test(paths, '/a b', undefined);
test(paths, '/a\tb', undefined);
test(paths, '/a\r\nb', undefined);
test(paths, '/a\0', undefined);
test(paths, '/a\x7f', undefined);
test(paths, '/a\\b', undefined);
test(paths, '/a#b', undefined);
test(paths, '/a?b', undefined);
test(paths, '/\u0141', undefined);

const pieces = fc
  .array(
    fc.constantFrom(
      '/',
      '.',
      '..',
      ';',
      '%2e',
      '%2E',
      '%2f',
      '%41',
      '%',
      '%00',
      '%25',
      'a',
      'cart',
      '\\',
      '#',
      '\xff',
      ' ',
    ),
    { maxLength: 14 },
  )
  .map(parts => `/${parts.join('')}`);
const byteStrings = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)),
});

test('any bytes are refused or normalized, and what is normalized stays as it is', t => {
  fc.assert(
    fc.property(
      fc.oneof(
        pieces,
        byteStrings,
        byteStrings.map(bytes => `/${bytes}`),
      ),
      path => {
        const once = normalizePath(path);
        if (once !== undefined) t.is(normalizePath(once), once);
      },
    ),
    { numRuns: 2000 },
  );
});

test('a normalized path has no dot segment, no lower-case triplet and no encoded unreserved character', t => {
  fc.assert(
    fc.property(pieces, path => {
      const normalized = normalizePath(path);
      if (normalized === undefined) return;
      t.notRegex(normalized, /\/\.\.?(?:\/|$|;)/);
      t.notRegex(normalized, /%(?:[0-9A-F]?[a-f]|2[DE]|5F|7E|3[0-9]|4[1-9A-F]|[57][0-9A])/);
    }),
    { numRuns: 2000 },
  );
});

test('a path that needs nothing is the same string', t => {
  const path = '/cart/items;v=1/%C3%A9/x.y';
  t.is(normalizePath('/cart/items;v=1/x.y'), '/cart/items;v=1/x.y');
  t.is(normalizePath(path), path);
});
