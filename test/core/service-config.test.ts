import test from 'ava';
import fc from 'fast-check';
import { hostKey } from '../../src/core/host-key.ts';
import { formatProblem } from '../../src/core/problem.ts';
import {
  EMPTY_SERVICE_CONFIG,
  MAX_SERVICE_CONFIG_BYTES,
  parseServiceConfig,
  printServiceConfig,
  type ServiceConfig,
} from '../../src/core/service-config.ts';
import { anyText } from '../helpers/any-text.ts';
import { jsonOf } from '../helpers/arbitrary-json.ts';
import { assertPrintable } from '../helpers/problem-lines.ts';

const KEY = hostKey('taobao.com');
const SEED_KEY = '6a69616e67626f31303030312e782e636f6dd41d8cd98f00b204e9800998ecf8427e';

const read = (text: string): ServiceConfig => {
  const parsed = parseServiceConfig(text, 'sc');
  return parsed.ok ? parsed.value : EMPTY_SERVICE_CONFIG;
};

const problemsOf = (text: string): readonly string[] => {
  const parsed = parseServiceConfig(text, 'sc');
  return parsed.ok ? [] : parsed.problems.map(formatProblem);
};

test('the example of DESIGN 3 is read whole', t => {
  const config = read(`{ "hosts": { "${KEY}": ["taobao.com", "www.taobao.com"] },
    "drainage": { "tickets": { "header": { "foo": "bar" } },
      "serviceMap": { "cart-svc": "cart-svc-edge", "www-svc": { "edge": "www-svc-edge", "beta": "www-svc-beta" } },
      "onEmptyEdge": "unavailable" } }`);
  t.deepEqual([...config.hosts], [[KEY, ['taobao.com', 'www.taobao.com']]]);
  t.deepEqual(config.sections.tickets, { header: { foo: 'bar' } });
  t.is(config.serviceMap?.get('cart-svc')?.get('edge'), 'cart-svc-edge');
  t.is(config.serviceMap?.get('www-svc')?.get('beta'), 'www-svc-beta');
  t.is(config.onEmptyEdge, 'unavailable');
});

test("the seed's own pair is valid: the key of one host, serving another", t => {
  t.deepEqual([...read(`{"hosts":{"${SEED_KEY}":["taobao.com"]}}`).hosts], [[SEED_KEY, ['taobao.com']]]);
});

test('sections that are not there have their defaults, and are told from empty ones', t => {
  for (const text of ['{}', '{"drainage":{}}']) t.deepEqual(read(text), EMPTY_SERVICE_CONFIG);
  t.deepEqual(read('{"hosts":{},"drainage":{"serviceMap":{},"onEmptyEdge":"stable"}}'), {
    sections: { hosts: {}, serviceMap: {}, onEmptyEdge: 'stable' },
    hosts: new Map(),
    serviceMap: new Map(),
    onEmptyEdge: 'stable',
  });
});

test('what is printed is canonical: sorted keys, no spaces, and is read as the same config', t => {
  const config = read(
    `{"drainage":{"serviceMap":{"b":"b-edge","a":"a-edge"},"tickets":[{"percent":5,"header":{"x":"y"}}]},"hosts":{"${KEY}":["taobao.com"]}}`,
  );
  const text = printServiceConfig(config.sections);
  t.is(
    text,
    `{"drainage":{"serviceMap":{"a":"a-edge","b":"b-edge"},"tickets":[{"header":{"x":"y"},"percent":5}]},"hosts":{"${KEY}":["taobao.com"]}}`,
  );
  t.is(printServiceConfig(read(text).sections), text);
  t.is(printServiceConfig({}), '{"drainage":{}}');
});

test('domains are canonical, each once', t => {
  const hosts = read('{"hosts":{"a.com":["TaoBao.com.","taobao.com","淘宝.com","*.a.com",""]}}').hosts;
  t.deepEqual(hosts.get('a.com'), ['taobao.com', 'xn--pbt173b.com', '*.a.com', '']);
});

test('plain hosts and keys are found in any spelling, and two spellings of one join their lists', t => {
  const hosts = read(
    `{"hosts":{"TaoBao.com.":["a.com"],"taobao.com":["b.com","a.com"],"${KEY.toUpperCase()}":["c.com"],"":["d.com"]}}`,
  ).hosts;
  t.deepEqual(
    [...hosts],
    [
      ['taobao.com', ['a.com', 'b.com']],
      [KEY, ['c.com']],
      ['', ['d.com']],
    ],
  );
});

test('the key of a host that is too long for a rule is read: under rewrite off it is no host field', t => {
  const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.com`;
  t.is(hostKey(long).length, 282);
  t.deepEqual(read(`{"hosts":{"${hostKey(long)}":["${long}"]}}`).hosts.get(hostKey(long)), [long]);
});

test('names on the prototype are hosts, Services and fields like any other', t => {
  const config = read(
    '{"hosts":{"constructor":["constructor"]},"drainage":{"serviceMap":{"constructor":"value"},"tickets":{"header":{"__proto__":"x"}}}}',
  );
  t.deepEqual([...config.hosts], [['constructor', ['constructor']]]);
  t.is(config.serviceMap?.get('constructor')?.get('edge'), 'value');
  t.is(config.serviceMap?.get('valueOf'), undefined);
  t.is(
    printServiceConfig({ tickets: config.sections.tickets ?? null }),
    '{"drainage":{"tickets":{"header":{"__proto__":"x"}}}}',
  );
  t.deepEqual(problemsOf('{"__proto__":{"hosts":{"a.com":["b.com"]}}}'), [
    'ServiceConfigInvalid sc.__proto__: unknown field; the fields here are hosts, drainage.',
  ]);
});

const problems = test.macro<[text: string, expected: readonly string[]]>({
  exec(t, text: string, expected: readonly string[]) {
    t.deepEqual(problemsOf(text), expected);
  },
  title: (title, text) => title ?? `${text.slice(0, 80)} is refused`,
});

const MEND = 'correct it, or remove the annotation and write sluice.dev/tickets: admission makes it anew.';
test(problems, '', [`ServiceConfigInvalid sc "": is not JSON (Unexpected end of JSON input); ${MEND}`]);
test(problems, 'hosts: {}', [
  `ServiceConfigInvalid sc "hosts: {}": is not JSON (Unexpected token 'h', \\"hosts: {}\\" is not valid JSON); ${MEND}`,
]);
const NO_OBJECT = 'must be a JSON object with "hosts" and "drainage".';
test(problems, '[]', [`ServiceConfigInvalid sc "[]": ${NO_OBJECT}`]);
test(problems, 'null', [`ServiceConfigInvalid sc "null": ${NO_OBJECT}`]);
test(problems, '"a"', [`ServiceConfigInvalid sc "a": ${NO_OBJECT}`]);
const NO_DRAINAGE = 'must be an object with "tickets", "serviceMap" and "onEmptyEdge".';
test(problems, '{"drainage":[]}', [`ServiceConfigInvalid sc.drainage "[]": ${NO_DRAINAGE}`]);
test(problems, '{"drainage":null}', [`ServiceConfigInvalid sc.drainage "null": ${NO_DRAINAGE}`]);
const NO_HOSTS =
  'must map hosts to lists of domains, e.g. {"taobao.com":["taobao.com","www.taobao.com"]}; admission turns the hosts into their keys.';
test(problems, '{"hosts":null}', [`ServiceConfigInvalid sc.hosts "null": ${NO_HOSTS}`]);
test(problems, '{"hosts":["a.com"]}', [`ServiceConfigInvalid sc.hosts "[\\"a.com\\"]": ${NO_HOSTS}`]);
test(problems, '{"host":{}}', ['ServiceConfigInvalid sc.host: unknown field; did you mean "hosts"?']);
test(problems, '{"drainage":{"ticket":{}}}', [
  'ServiceConfigInvalid sc.drainage.ticket: unknown field; did you mean "tickets"?',
]);
test(problems, '{"drainage":{"weights":{}}}', [
  'ServiceConfigInvalid sc.drainage.weights: unknown field; the fields here are tickets, serviceMap, onEmptyEdge.',
]);
for (const value of ['null', 'true', '"Stable"', '""'])
  test(problems, `{"drainage":{"onEmptyEdge":${value}}}`, [
    `ServiceConfigInvalid sc.drainage.onEmptyEdge ${value.startsWith('"') ? value : `"${value}"`}: must be "stable" or "unavailable".`,
  ]);
test(problems, '{"hosts":{"a.com":"b.com"}}', [
  'ServiceConfigInvalid sc.hosts["a.com"] "b.com": must be a list of domains, e.g. ["taobao.com","www.taobao.com"].',
]);
const NO_KEY =
  'is neither a host key nor a host name; write the host itself, admission turns it into its key.';
for (const key of ['a b', '10.0.0.1', 'a.com:80', '[::1]', '*', '__proto__'])
  test(
    `the key ${JSON.stringify(key)} is refused`,
    problems,
    `{"hosts":{${JSON.stringify(key)}:["a.com"]}}`,
    [
      `KeyMismatch sc.hosts${/^\w+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`} ${JSON.stringify(key)}: ${NO_KEY}`,
    ],
  );
const NO_DOMAIN =
  'is not a domain; write a host name such as "www.taobao.com" or a wildcard such as "*.taobao.com".';
for (const domain of [
  'a b',
  '10.0.0.1',
  'a.com:80',
  'a.com/x',
  '*',
  'a.*.com',
  KEY,
  hostKey('a.com', 'other'),
])
  test(
    `the domain ${JSON.stringify(domain)} is refused`,
    problems,
    `{"hosts":{"${KEY}":[${JSON.stringify(domain)}]}}`,
    [`HostInvalid sc.hosts.${KEY}[0] ${JSON.stringify(domain)}: ${NO_DOMAIN}`],
  );
test('a domain that is no text is of the wrong type', problems, '{"hosts":{"a":[1,null,["b"]]}}', [
  `ServiceConfigInvalid sc.hosts.a[0] "1": ${NO_DOMAIN}`,
  `ServiceConfigInvalid sc.hosts.a[1] "null": ${NO_DOMAIN}`,
  `ServiceConfigInvalid sc.hosts.a[2] "[\\"b\\"]": ${NO_DOMAIN}`,
]);
test(
  'all problems of all sections are told at once',
  problems,
  '{"x":1,"hosts":{"a b":[],"a":["b c"]},"drainage":{"serviceMap":{"c":"C"},"onEmptyEdge":1}}',
  [
    'ServiceConfigInvalid sc.x: unknown field; the fields here are hosts, drainage.',
    `KeyMismatch sc.hosts["a b"] "a b": ${NO_KEY}`,
    `HostInvalid sc.hosts.a[0] "b c": ${NO_DOMAIN}`,
    'ServiceConfigInvalid sc.drainage.onEmptyEdge "1": must be "stable" or "unavailable".',
    'EdgeServiceInvalid sc.drainage.serviceMap.c "C": is no Service name; use at most 63 lower-case letters, digits and "-".',
  ],
);

const aliases = (count: number): string =>
  JSON.stringify(Array.from({ length: count }, (_, i) => `a${i}.com`));
const TOO_MANY = (count: number): readonly string[] => [
  `ServiceConfigInvalid sc.hosts: lists ${count} domains beyond one for each rule, at most 100 are allowed; move some of them to another Ingress.`,
];
test('100 aliases beside the own host are allowed, 101 are not', t => {
  t.deepEqual(problemsOf(`{"hosts":{"a":${aliases(101)}}}`), []);
  t.deepEqual(problemsOf(`{"hosts":{"a":${aliases(102)}}}`), TOO_MANY(101));
});
test('empty lists make no room for more aliases', t => {
  t.deepEqual(problemsOf(`{"hosts":{"b":[],"c":[],"a":${aliases(102)}}}`), TOO_MANY(101));
});
test('a thousand rules of one domain each are no aliases', t => {
  const hosts = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`h${i}.com`, [`h${i}.com`]]));
  t.deepEqual(problemsOf(JSON.stringify({ hosts })), []);
});

test('64 KiB are read and one byte more is not, counted in UTF-8', t => {
  const padded = (bytes: number): string => `{"drainage":{}}${' '.repeat(bytes - 15)}`;
  t.deepEqual(problemsOf(padded(MAX_SERVICE_CONFIG_BYTES)), []);
  t.is(MAX_SERVICE_CONFIG_BYTES, 65_536);
  t.deepEqual(problemsOf(padded(MAX_SERVICE_CONFIG_BYTES + 1)), [
    'ServiceConfigInvalid sc: has 65537 bytes, at most 65536 are read; remove tickets and domains that are no longer needed, or split the Ingress.',
  ]);
  t.regex(problemsOf(`"${'é'.repeat(32_768)}"`)[0] ?? '', /has 65538 bytes/);
});

test('nesting attacks are refused in one line', t => {
  const deep =
    'nests deeper than any service-config does; the deepest that it needs is drainage.tickets[0].header.foo.in[0].';
  t.deepEqual(problemsOf('['.repeat(32_000) + ']'.repeat(32_000)), [`ServiceConfigInvalid sc: ${deep}`]);
  t.deepEqual(problemsOf(`{"drainage":{"tickets":${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}}}`), [
    `ServiceConfigInvalid sc: ${deep}`,
  ]);
  t.regex(problemsOf('['.repeat(60_000))[0] ?? '', /^ServiceConfigInvalid sc "\[+…": is not JSON/);
});

test('any text is read or refused with printable lines', t => {
  const words = [
    'hosts',
    'drainage',
    'tickets',
    'serviceMap',
    'onEmptyEdge',
    'stable',
    'a.com',
    KEY,
    'cart',
    '\x1b[2J\u202e',
  ];
  const near = fc
    .record({ hosts: jsonOf(words), drainage: jsonOf(words) }, { requiredKeys: [] })
    .map(value => JSON.stringify(value));
  const texts = fc.oneof(
    near,
    jsonOf(words).map(value => JSON.stringify(value)),
    anyText(),
  );
  fc.assert(
    fc.property(texts, text => {
      const parsed = parseServiceConfig(text, 'sc');
      if (!parsed.ok) {
        t.true(parsed.problems.length > 0);
        assertPrintable(t, parsed.problems);
        return;
      }
      const printed = printServiceConfig(parsed.value.sections);
      t.is(printServiceConfig(read(printed).sections), printed);
      t.deepEqual([...read(printed).hosts].sort(), [...parsed.value.hosts].sort());
    }),
    { numRuns: 3000 },
  );
});
