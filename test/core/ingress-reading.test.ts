import test from 'ava';
import fc from 'fast-check';
import { APPLIED } from '../../src/core/annotation-names.ts';
import { hostKey } from '../../src/core/host-key.ts';
import { type IngressReading, readIngress } from '../../src/core/ingress-reading.ts';
import { CONTROLLER_NAME, scopeOf } from '../../src/core/ingress-scope.ts';
import { formatProblem } from '../../src/core/problem.ts';
import { DEFAULT_ANNOTATION } from '../../src/core/service-config.ts';
import { anyText } from '../helpers/any-text.ts';
import { jsonOf } from '../helpers/arbitrary-json.ts';
import { type IngressParts, ingress } from '../helpers/ingress-objects.ts';
import { assertPrintable } from '../helpers/problem-lines.ts';

const KEY = hostKey('taobao.com');
const FIELD = `metadata.annotations[${DEFAULT_ANNOTATION}]`;

const readAs = (className: string | undefined, parts: IngressParts): IngressReading | null =>
  readIngress(ingress({ rules: [[KEY, {}]], ...(className === undefined ? {} : { className }), ...parts }), {
    scope: scopeOf(
      { controllerName: CONTROLLER_NAME, classes: [{ name: 'sluice', entry: '' }], everyClass: false },
      [],
    ),
    annotation: DEFAULT_ANNOTATION,
  });

const read = (annotations: Readonly<Record<string, string>>): IngressReading => {
  const reading = readAs('sluice', { annotations });
  if (reading === null) throw new Error('the class is ours');
  return reading;
};

const lines = ({ problems }: IngressReading): readonly string[] => problems.map(formatProblem);

test('an Ingress of another class is not read', t => {
  t.is(readAs('nginx', {}), null);
  t.is(readAs(undefined, {}), null);
});

test('a good Ingress is read whole', t => {
  const reading = read({
    [DEFAULT_ANNOTATION]: `{"hosts":{"${KEY}":["taobao.com","www.taobao.com"]},"drainage":{"serviceMap":{"cart-svc":"cart-svc-edge"},"tickets":{"header":{"foo":"bar"}}}}`,
  });
  t.deepEqual(reading.problems, []);
  t.deepEqual(
    reading.rules.map(rule => rule.domains),
    [['taobao.com', 'www.taobao.com']],
  );
  t.is(reading.serviceMap?.get('cart-svc')?.get('edge'), 'cart-svc-edge');
  t.is(reading.tickets.length, 1);
  t.false(reading.paused);
});

test('an Ingress that no webhook has seen serves its own host, without tickets', t => {
  const reading = readAs('sluice', {
    rules: [['taobao.com', {}]],
    annotations: { 'sluice.dev/tickets': '{"percent": 100}' },
  });
  t.like(reading, { config: null, serviceMap: null, tickets: [], problems: [] });
  t.deepEqual(
    reading?.rules.map(({ domains, listed }) => [domains, listed]),
    [[['taobao.com'], false]],
  );
});

test('a bad ticket is skipped, the good ones stay', t => {
  const reading = read({
    [DEFAULT_ANNOTATION]: '{"drainage":{"tickets":[{"percent":500},{"header":{"foo":"bar"}}]}}',
  });
  t.deepEqual(
    reading.tickets.map(ticket => ticket.index),
    [1],
  );
  t.deepEqual(
    reading.problems.map(({ code, field }) => `${code} ${field}`),
    [`TicketInvalid ${FIELD}.drainage.tickets[0].percent`],
  );
});

test('a bad service-config leaves the decoded own host, stable only, and keeps the edges apart', t => {
  const reading = read({
    [DEFAULT_ANNOTATION]: `{"hosts":{"${KEY}":["evil.com"]},"typo":1,"drainage":{"tickets":{"percent":100},"serviceMap":{"cart-svc":"cart-svc-edge"}}}`,
  });
  t.is(reading.config, null);
  t.deepEqual(reading.tickets, []);
  t.deepEqual(
    reading.rules.map(({ domains, listed }) => [domains, listed]),
    [[['taobao.com'], false]],
  );
  t.is(reading.serviceMap?.get('cart-svc')?.get('edge'), 'cart-svc-edge');
  t.deepEqual(lines(reading), [
    `ServiceConfigInvalid ${FIELD}.typo: unknown field; the fields here are hosts, drainage.`,
  ]);
});

const paused = test.macro({
  exec(t, value: string, isPaused: boolean, problems: readonly string[]) {
    const reading = read({ 'sluice.dev/paused': value });
    t.is(reading.paused, isPaused);
    t.deepEqual(lines(reading), problems);
  },
  title: (_, value, isPaused) =>
    `paused: ${JSON.stringify(value)} ${isPaused ? 'stops' : 'does not stop'} the tickets`,
});

test(paused, 'true', true, []);
test(paused, 'false', false, []);
test(paused, 'yes', false, [
  'AnnotationInvalid metadata.annotations[sluice.dev/paused] "yes": must be "true" or "false"; the tickets hold until it is.',
]);

test('of the intent annotations the router reads nothing but paused', t => {
  const reading = read({
    'sluice.dev/tickets': '{',
    'sluice.dev/aliases': 'a b',
    'sluice.dev/rewrite': 'x',
    'sluice.dev/edge-services': '5',
  });
  t.like(reading, { problems: [], tickets: [], serviceMap: null });
});

test('access control that is not enforced, a bad annotation and a foreign key are told beside what works', t => {
  const reading = readAs('sluice', {
    rules: [
      [hostKey('a.com', 'other'), {}],
      [KEY, {}],
    ],
    annotations: {
      'nginx.ingress.kubernetes.io/auth-url': 'x',
      'nginx.ingress.kubernetes.io/use-regex': 'x',
    },
  });
  t.deepEqual(
    reading?.problems.map(({ code }) => code),
    ['AnnotationInvalid', 'AnnotationUnsupported'],
  );
  t.deepEqual(reading?.unserved, [{ index: 0, host: hostKey('a.com', 'other'), why: 'foreign' }]);
  t.deepEqual(
    reading?.rules.map(({ index }) => index),
    [1],
  );
  t.is(reading?.nginx.unsupportedAccess.length, 1);
});

test('the entry that applied records makes a key ours', t => {
  const reading = readAs('sluice', {
    rules: [[hostKey('a.com', 'lb9'), {}]],
    annotations: { [APPLIED]: '{"by":"sluice.dev/router","entry":"lb9","sections":{},"dns":[]}' },
  });
  t.deepEqual(
    reading?.rules.map(({ key }) => key),
    [hostKey('a.com')],
  );
});

test('any service-config and any annotations are read, with printable problems', t => {
  const words = ['hosts', 'drainage', 'tickets', 'serviceMap', 'header', 'foo', 'percent', KEY, 'cart-svc'];
  const text = fc.oneof(
    anyText(),
    fc
      .record(
        { hosts: jsonOf(words), drainage: fc.record({ tickets: jsonOf(words), serviceMap: jsonOf(words) }) },
        { requiredKeys: [] },
      )
      .map(value => JSON.stringify(value)),
  );
  const names = fc.constantFrom(
    DEFAULT_ANNOTATION,
    APPLIED,
    'sluice.dev/paused',
    'nginx.ingress.kubernetes.io/rewrite-target',
    'constructor',
  );
  const hosts = fc.oneof(
    fc.constantFrom('', KEY, `ff${KEY}`, 'taobao.com', '__proto__', 'constructor'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.dictionary(names, text), fc.array(hosts, { maxLength: 3 }), (annotations, written) => {
      const reading = readAs('sluice', { annotations, rules: written.map(host => [host, {}] as const) });
      assertPrintable(t, reading?.problems ?? []);
      t.is((reading?.rules.length ?? 0) + (reading?.unserved.length ?? 0), written.length);
    }),
    { numRuns: 1000 },
  );
});
