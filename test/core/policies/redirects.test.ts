import test from 'ava';
import fc from 'fast-check';
import { AnnotationReader } from '../../../src/core/policies/annotation-reader.ts';
import { locationParts, readAppRoot, readRedirect } from '../../../src/core/policies/redirects.ts';
import { type Annotations, prefixed } from '../../helpers/annotated-router.ts';

/** The other way to write $request_uri. */
const BRACED = ['$', '{request_uri}'].join('');

const read = (annotations: Annotations) => {
  const reader = new AnnotationReader(prefixed(annotations));
  const policies = [readAppRoot(reader), readRedirect(reader)].flatMap(policy => policy ?? []);
  return { policies, problems: reader.problems.map(({ field }) => /io\/(.*)\]/.exec(field)?.[1]) };
};

const meanings = test.macro({
  exec(t, annotations: Annotations, policies: readonly unknown[]) {
    t.deepEqual(read(annotations), { policies: [...policies], problems: [] });
  },
  title: (_, annotations) => `${JSON.stringify(annotations)} is read`,
});

test(meanings, {}, []);
test(meanings, { 'app-root': '/app/index.html' }, [{ kind: 'app-root', path: '/app/index.html' }]);
test(meanings, { 'permanent-redirect': 'https://a.com/x?y=1' }, [
  { kind: 'redirect', status: 301, location: 'https://a.com/x?y=1' },
]);
test(meanings, { 'permanent-redirect': 'https://a.com', 'permanent-redirect-code': '308' }, [
  { kind: 'redirect', status: 308, location: 'https://a.com' },
]);
test(meanings, { 'temporal-redirect': '/new', 'temporal-redirect-code': '307' }, [
  { kind: 'redirect', status: 307, location: '/new' },
]);
test(meanings, { 'temporal-redirect': '/t', 'permanent-redirect': '/p' }, [
  { kind: 'redirect', status: 302, location: '/t' },
]);
test(meanings, { 'permanent-redirect': `$scheme://new.com${BRACED}` }, [
  { kind: 'redirect', status: 301, location: `$scheme://new.com${BRACED}` },
]);
test(meanings, { 'permanent-redirect-code': '308' }, []);

const refused = test.macro({
  exec(t, name: string, value: string) {
    t.deepEqual(read({ [name]: value }), { policies: [], problems: [name] });
  },
  title: (_, name, value) => `${name}: ${JSON.stringify(value)} is refused`,
});

for (const value of ['', '/', 'app', '//evil.example', '/a b', '/a\r\nX: 1', '/<x>', 'https://a.com/'])
  test(refused, 'app-root', value);
for (const value of [
  '',
  'www.taobao.com',
  '//evil.example',
  '/$uri',
  '$request_uri',
  'javascript:alert(1)',
  'ftp://a.com',
  'https:///path',
  'https://a.com/\r\nSet-Cookie: a=b',
  'https://a.com/$upstream_addr',
  'https://a.com/$',
  'https://a.com/a b',
]) {
  test(refused, 'permanent-redirect', value);
  test(refused, 'temporal-redirect', value);
}
for (const value of ['', '200', '300', '304', '404', '3O1', '0301'])
  for (const name of ['permanent-redirect-code', 'temporal-redirect-code']) test(refused, name, value);

test('a bad code leaves the default beside it', t => {
  t.deepEqual(read({ 'permanent-redirect': '/x', 'permanent-redirect-code': '999' }), {
    policies: [{ kind: 'redirect', status: 301, location: '/x' }],
    problems: ['permanent-redirect-code'],
  });
});

test('whatever is accepted has parts, and no part can end a header line', t => {
  const piece = fc.constantFrom(
    'https://',
    'a.com',
    '/',
    '$uri',
    BRACED,
    '$args',
    '$',
    '{',
    '}',
    '\r\n',
    ' ',
    'é',
  );
  fc.assert(
    fc.property(
      fc.array(piece).map(pieces => pieces.join('')),
      value => {
        const [policy] = read({ 'permanent-redirect': value }).policies;
        if (policy?.kind !== 'redirect') return;
        const texts = (locationParts(policy.location) ?? []).map(part => ('text' in part ? part.text : ''));
        t.true(texts.length > 0);
        t.regex(texts.join(''), /^[!-~]*$/);
      },
    ),
    { numRuns: 500 },
  );
});
