import test from 'ava';
import fc from 'fast-check';
import {
  canaryTickets,
  type NginxAnnotations,
  readNginxAnnotations,
} from '../../src/core/nginx-annotations.ts';
import { formatProblem } from '../../src/core/problem.ts';
import { DEFAULT_ANNOTATION } from '../../src/core/service-config.ts';
import { parseTickets } from '../../src/core/ticket/ticket-grammar.ts';
import { anyText } from '../helpers/any-text.ts';
import { jsonOf } from '../helpers/arbitrary-json.ts';
import { assertPrintable } from '../helpers/problem-lines.ts';

const PREFIX = 'nginx.ingress.kubernetes.io/';
const prefixed = (annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(annotations).map(([name, value]) => [PREFIX + name, value]));

const read = (annotations: Readonly<Record<string, string>>): NginxAnnotations =>
  readNginxAnnotations(prefixed(annotations), DEFAULT_ANNOTATION);

const NOTHING: NginxAnnotations = {
  useRegex: false,
  rewriteTarget: null,
  canary: false,
  balance: { kind: 'p2c' },
  affinity: null,
  basicAuth: null,
  backend: null,
  sslRedirect: true,
  policies: [],
  problems: [],
  accessProblems: [],
  unsupportedAccess: [],
  ignored: [],
};

const meanings = test.macro({
  exec(t, annotations: Readonly<Record<string, string>>, expected: Partial<NginxAnnotations>) {
    t.deepEqual(read(annotations), { ...NOTHING, ...expected });
  },
  title: (_, annotations) => `${JSON.stringify(annotations)} is understood`,
});

test(meanings, {}, {});
test(meanings, { 'use-regex': 'true' }, { useRegex: true });
test(meanings, { 'use-regex': 'false' }, {});
test(meanings, { canary: 'true', 'canary-weight': '20' }, { canary: true });
test(
  meanings,
  { canary: 'false', 'canary-by-header': 'x' },
  { ignored: ['nginx.ingress.kubernetes.io/canary-by-header'] },
);
test(meanings, { 'rewrite-target': '/$2' }, { rewriteTarget: '/$2' });
test(meanings, { 'rewrite-target': '/é/%C3%A9' }, { rewriteTarget: '/é/%C3%A9' });
test(meanings, { 'service-config': '{}', 'server-alias': 'a.com' }, {});
test(
  meanings,
  { 'ssl-redirect': 'true', 'force-ssl-redirect': 'false', 'proxy-buffering': 'on' },
  { ignored: [`${PREFIX}proxy-buffering`] },
);
test(meanings, { 'ssl-redirect': 'false' }, { sslRedirect: false });
test(
  meanings,
  { 'ssl-redirect': 'false', 'force-ssl-redirect': 'true' },
  { sslRedirect: false, policies: [{ kind: 'https-redirect', always: true }] },
);
test(meanings, { constructor: 'x' }, { ignored: [`${PREFIX}constructor`] });

test('the service-config is known under the name that --annotation gives it', t => {
  const annotations = prefixed({ rules: '{}', 'service-config': '{}' });
  t.deepEqual(readNginxAnnotations(annotations, `${PREFIX}rules`).ignored, [DEFAULT_ANNOTATION]);
});

test("other controllers' annotations are none of ours", t => {
  t.deepEqual(
    readNginxAnnotations(
      { 'kubernetes.io/ingress.class': 'nginx', 'example.com/auth-url': 'x', 'auth-url': 'x' },
      DEFAULT_ANNOTATION,
    ),
    NOTHING,
  );
});

const problems = test.macro({
  exec(t, name: string, value: string, message: string) {
    const found = read({ [name]: value });
    t.deepEqual(found.problems.map(formatProblem), [
      `AnnotationInvalid metadata.annotations[${PREFIX}${name}] ${JSON.stringify(value)}: ${message}`,
    ]);
    t.like(found, { useRegex: false, rewriteTarget: null, canary: false });
  },
  title: (_, name, value) => `${name}: ${JSON.stringify(value)} is refused`,
});

for (const value of ['yes', 'True', '1', ''])
  for (const name of ['use-regex', 'canary', 'ssl-redirect', 'force-ssl-redirect'])
    test(problems, name, value, 'must be "true" or "false".');
const NO_TARGET =
  'must be a path that starts with "/", without spaces, "?", "#" or "\\"; $1 to $9 stand for the groups of the rule\'s regex, e.g. "/$2".';
for (const value of [
  '',
  'cart',
  '$1',
  '/a b',
  '/a?b',
  '/a#b',
  '/a\\b',
  '/a\r\nX-Injected: 1',
  '/a\n',
  'https://evil.example/',
])
  test(problems, 'rewrite-target', value, NO_TARGET);

const access = test.macro({
  exec(t, name: string, value: string, restricts: boolean) {
    const found = read({ [name]: value });
    t.deepEqual(
      found.unsupportedAccess.map(({ code, field }) => `${code} ${field}`),
      restricts ? [`AnnotationUnsupported metadata.annotations[${PREFIX}${name}]`] : [],
    );
    t.deepEqual(found.ignored, restricts ? [] : [PREFIX + name]);
  },
  title: (_, name, value, restricts) =>
    `${name}: ${JSON.stringify(value)} ${restricts ? 'is denied' : 'is only a warning'}`,
});

for (const [name, value] of [
  ['auth-url', 'https://auth.example'],
  ['auth-snippet', 'proxy_set_header A b;'],
  ['auth-tls-secret', 'default/ca'],
  ['auth-tls-verify-client', 'on'],
  ['enable-modsecurity', 'true'],
  ['enable-owasp-core-rules', 'true'],
  ['modsecurity-snippet', 'SecRuleEngine On'],
  ['auth-url', 'false'],
  ['configuration-snippet', 'deny all;'],
  ['configuration-snippet', 'if ($http_x = "") { return 403; }'],
  ['server-snippet', 'location /admin { allow 10.0.0.0/8; deny all; }'],
  ['server-snippet', 'ssl_verify_client on;'],
  ['server-snippet', 'auth_basic "x";'],
] as const) {
  test(access, name, value, true);
}
for (const [name, value] of [
  ['enable-modsecurity', 'false'],
  ['auth-tls-verify-client', 'off'],
  ['auth-always-set-cookie', 'false'],
  ['configuration-snippet', 'more_set_headers "access-control-allow-origin: *";'],
  ['server-snippet', 'gzip on;'],
  ['limit-rate', '5'],
  ['authentic', 'x'],
] as const) {
  test(access, name, value, false);
}

test('the denial says why, and what to do instead', t => {
  t.deepEqual(read({ 'auth-url': 'x' }).unsupportedAccess.map(formatProblem), [
    `AnnotationUnsupported metadata.annotations[${PREFIX}auth-url] "x": restricts access, and this router does not enforce it: serving the Ingress would open what it closes. Remove the annotation and protect the application itself, or keep the Ingress in its old class.`,
  ]);
});

const canaries = test.macro({
  exec(t, annotations: Readonly<Record<string, string>>, tickets: readonly unknown[]) {
    const written = canaryTickets(prefixed(annotations));
    t.deepEqual(written, tickets);
    t.deepEqual(parseTickets(written, 'f').problems, []);
  },
  title: (_, annotations) => `the ticket for ${JSON.stringify(annotations)}`,
});

test(canaries, {}, [{ percent: 0 }]);
test(canaries, { 'canary-weight': '20' }, [{ percent: 20 }]);
test(canaries, { 'canary-weight': '1', 'canary-weight-total': '1000' }, [{ percent: 0.1 }]);
test(canaries, { 'canary-weight': '200' }, [{ percent: 100 }]);
test(canaries, { 'canary-weight': 'many' }, [{ percent: 0 }]);
test(canaries, { 'canary-weight': '-5' }, [{ percent: 0 }]);
test(canaries, { 'canary-weight': '5', 'canary-weight-total': 'x' }, [{ percent: 5 }]);
test(canaries, { 'canary-by-header': 'X-Grey', 'canary-by-header-value': 'yes' }, [
  { header: { 'X-Grey': 'yes' } },
]);
test(canaries, { 'canary-by-header': 'X-Grey', 'canary-by-header-pattern': '^a' }, [
  { header: { 'X-Grey': { regex: '^a' } } },
]);
test(canaries, { 'canary-by-header': 'X-Grey' }, [
  { header: { 'X-Grey': 'always' } },
  { header: { 'X-Grey': 'never' }, to: 'stable' },
]);
test(canaries, { 'canary-by-cookie': 'grey', 'canary-weight': '5' }, [
  { cookie: { grey: 'always' } },
  { cookie: { grey: 'never' }, to: 'stable' },
  { percent: 5 },
]);

test('any annotations are understood, ignored or answered with printable lines', t => {
  const names = fc.oneof(
    fc.constantFrom(
      'use-regex',
      'rewrite-target',
      'canary',
      'canary-weight',
      'canary-by-header',
      'auth-url',
      'satisfy',
      'configuration-snippet',
      '__proto__',
      'x',
    ),
    anyText(),
  );
  const values = fc.oneof(
    anyText(),
    jsonOf(['true', 'deny all', '/$1']).map(value => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(fc.dictionary(names, values), written => {
      const found = read(written);
      assertPrintable(t, [...found.problems, ...found.unsupportedAccess]);
      t.deepEqual([...found.ignored].sort(), found.ignored);
      if (found.rewriteTarget !== null) t.notRegex(found.rewriteTarget, /[\s\x00-\x20\x7f?#\\]/);
      t.true(canaryTickets(prefixed(written)).length > 0);
    }),
    { numRuns: 1000 },
  );
});
