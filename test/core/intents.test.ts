import test from 'ava';
import fc from 'fast-check';
import { hostKey } from '../../src/core/host-key.ts';
import { type Intents, readIntents } from '../../src/core/intents.ts';
import { formatProblem } from '../../src/core/problem.ts';
import { anyText } from '../helpers/any-text.ts';
import { jsonOf } from '../helpers/arbitrary-json.ts';
import { assertPrintable } from '../helpers/problem-lines.ts';

const SERVER_ALIAS = 'nginx.ingress.kubernetes.io/server-alias';

/** `tickets` stands for `sluice.dev/tickets`; a full name for itself. */
const named = (annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(annotations).map(([name, value]) => [
      name.includes('/') ? name : `sluice.dev/${name}`,
      value,
    ]),
  );

const intents = (
  annotations: Readonly<Record<string, string>>,
  hosts: readonly string[] = ['taobao.com'],
): Intents => readIntents(named(annotations), hosts);

test('nothing written, nothing asked', t => {
  t.deepEqual(intents({}), {
    tickets: undefined,
    aliases: undefined,
    serviceMap: undefined,
    onEmptyEdge: undefined,
    paused: false,
    rewrite: true,
    problems: [],
  });
  t.deepEqual(
    intents({ tracks: 'x', 'nginx.ingress.kubernetes.io/canary': 'true', constructor: 'x' }),
    intents({}),
  );
});

test('every annotation is read, in JSON and in YAML', t => {
  const expected = {
    tickets: [{ header: { foo: 'bar' } }, { percent: 5 }],
    aliases: new Map([['taobao.com', ['www.taobao.com']]]),
    serviceMap: { cart: 'cart-new' },
    onEmptyEdge: 'unavailable',
    paused: true,
    rewrite: false,
    problems: [],
  };
  const words = { 'on-empty-edge': 'unavailable', paused: 'true', rewrite: 'off' };
  t.deepEqual<unknown, unknown>(
    intents({
      ...words,
      tickets: '[{"header":{"foo":"bar"}},{"percent":5}]',
      aliases: '{"taobao.com":["www.taobao.com"]}',
      'edge-services': '{"cart":"cart-new"}',
    }),
    expected,
  );
  t.deepEqual<unknown, unknown>(
    intents({
      ...words,
      tickets: '- header: {foo: bar}\n- percent: 5\n',
      aliases: 'taobao.com:\n  - www.taobao.com\n',
      'edge-services': 'cart: cart-new',
    }),
    expected,
  );
});

const aliases = test.macro({
  exec(t, annotations: Readonly<Record<string, string>>, hosts: readonly string[], expected: unknown) {
    const read = intents(annotations, hosts);
    t.deepEqual(read.problems, []);
    t.deepEqual(read.aliases && [...read.aliases], expected);
  },
  title: (_, annotations, hosts) =>
    `${JSON.stringify(annotations)} on ${JSON.stringify(hosts)} gives aliases`,
});

const ONE = ['taobao.com'];
test(aliases, { aliases: 'www.taobao.com, m.taobao.com' }, ONE, [
  ['taobao.com', ['www.taobao.com', 'm.taobao.com']],
]);
test(aliases, { aliases: 'WWW.TaoBao.com.,www.taobao.com  ,, taobao.com' }, ONE, [
  ['taobao.com', ['www.taobao.com']],
]);
test(aliases, { aliases: '*.taobao.com 淘宝.com' }, ONE, [
  ['taobao.com', ['*.taobao.com', 'xn--pbt173b.com']],
]);
test(aliases, { aliases: '["a.com"]' }, ONE, [['taobao.com', ['a.com']]]);
test(aliases, { aliases: '- a.com\n- b.com\n' }, ONE, [['taobao.com', ['a.com', 'b.com']]]);
test(aliases, { aliases: '{"TaoBao.com.": "a.com, b.com"}' }, ONE, [['taobao.com', ['a.com', 'b.com']]]);
test(aliases, { aliases: '' }, ONE, []);
test(aliases, { aliases: 'constructor' }, ONE, [['taobao.com', ['constructor']]]);
test(aliases, { aliases: '{"": ["a.com"]}' }, [''], [['', ['a.com']]]);
test(aliases, { aliases: '{"constructor": ["valueof"]}' }, ['constructor'], [['constructor', ['valueof']]]);
test(
  aliases,
  { aliases: '{"b.com": ["x.com"], "a.com": []}' },
  ['a.com', 'b.com'],
  [
    ['b.com', ['x.com']],
    ['a.com', []],
  ],
);
test(aliases, { [SERVER_ALIAS]: 'a.com,b.com' }, ONE, [['taobao.com', ['a.com', 'b.com']]]);
test(aliases, { aliases: 'a.com', [SERVER_ALIAS]: 'b.com,a.com' }, ONE, [['taobao.com', ['a.com', 'b.com']]]);
// On the way back into the class the map still says whose the aliases in server-alias are.
test(
  aliases,
  { aliases: '{"b.com": ["x.com"]}', [SERVER_ALIAS]: 'X.com' },
  ['a.com', 'b.com'],
  [['b.com', ['x.com']]],
);

const problems = test.macro({
  exec(
    t,
    annotations: Readonly<Record<string, string>>,
    expected: readonly string[],
    hosts: readonly string[] = ONE,
  ) {
    t.deepEqual(intents(annotations, hosts).problems.map(formatProblem), expected);
  },
  title: (title, annotations) => title ?? `${JSON.stringify(annotations).slice(0, 100)} is refused`,
});

const at = (name: string): string =>
  `metadata.annotations[${name.includes('/') ? name : `sluice.dev/${name}`}]`;
for (const [name, value, words] of [
  ['paused', 'yes', '"true" or "false"'],
  ['paused', 'True', '"true" or "false"'],
  ['paused', '', '"true" or "false"'],
  ['rewrite', 'false', '"off" or "on"'],
  ['on-empty-edge', 'Stable', '"stable" or "unavailable"'],
  ['on-empty-edge', 'constructor', '"stable" or "unavailable"'],
] as const) {
  test(problems, { [name]: value }, [
    `AnnotationInvalid ${at(name)} ${JSON.stringify(value)}: must be ${words}.`,
  ]);
}

test(problems, { tickets: '[{"header":' }, [
  `AnnotationInvalid ${at('tickets')} "[{\\"header\\":": is neither JSON nor YAML: Flow map in block collection must be sufficiently indented and end with a } (line 1, column 12).`,
]);
test(
  'a broken ticket is named by its place in the annotation',
  problems,
  { tickets: '[{"percent":5},{"percnt":5}]' },
  [
    `TicketInvalid ${at('tickets')}[1].percnt: unknown field; did you mean "percent"?`,
    `TicketInvalid ${at('tickets')}[1]: has no condition, so everybody would hold it; add a condition such as "header": {"foo": "bar"}, or write "percent": 100 if everybody is meant.`,
  ],
);
test('an empty ticket annotation is no ticket', problems, { tickets: '' }, [
  `TicketInvalid ${at('tickets')}: must be a ticket such as {"header": {"foo": "bar"}}, not null.`,
]);
test('a wrong type in edge-services is an invalid annotation', problems, { 'edge-services': '[cart]' }, [
  `AnnotationInvalid ${at('edge-services')} "[\\"cart\\"]": must map stable Services to edge Services, e.g. {"cart-svc":"cart-svc-edge"}.`,
]);
test('a wrong name in edge-services is an invalid edge', problems, { 'edge-services': 'cart: cart' }, [
  `EdgeServiceInvalid ${at('edge-services')}.cart "cart": its edge Service is listed as a stable Service too; give the edge a name of its own, e.g. "cart-edge".`,
]);

const NO_ALIAS =
  'is no host name; an alias is a name such as "www.taobao.com" or a wildcard such as "*.taobao.com".';
for (const alias of [
  'a.com:8080',
  '10.0.0.1',
  'a_b',
  '~^www',
  hostKey('a.com'),
  hostKey('a.com', 'other'),
  `${hostKey('a.com')}.`,
])
  test(problems, { aliases: alias }, [`HostInvalid ${at('aliases')} ${JSON.stringify(alias)}: ${NO_ALIAS}`]);
test(problems, { aliases: '["", "a b"]' }, [
  `HostInvalid ${at('aliases')} "": ${NO_ALIAS}`,
  `HostInvalid ${at('aliases')} "a b": ${NO_ALIAS}`,
]);
test(problems, { aliases: '{taobao.com: [1]}' }, [
  `AnnotationInvalid ${at('aliases')} "[1]": the aliases of "taobao.com" must be a list of host names, e.g. ["www.taobao.com"].`,
]);
test(problems, { aliases: '{x.com: [a.com]}' }, [
  `AnnotationInvalid ${at('aliases')} "x.com": gives aliases to a host that this Ingress has no rule for; its hosts are "taobao.com".`,
]);
test(
  'at most five hosts are repeated',
  problems,
  { aliases: '{x.com: [a.com]}' },
  [
    `AnnotationInvalid ${at('aliases')} "x.com": gives aliases to a host that this Ingress has no rule for; its hosts are "h0", "h1", "h2", "h3", "h4", ….`,
  ],
  Array.from({ length: 1000 }, (_, i) => `h${i}`),
);
test(
  'a plain list on two hosts is not guessed at',
  problems,
  { aliases: 'x.com' },
  [
    `AnnotationInvalid ${at('aliases')} "x.com": a plain list needs an Ingress with exactly one host, this one has 2; write {"<host>":["<alias>"]} in sluice.dev/aliases.`,
  ],
  ['a.com', 'b.com'],
);
test(
  'nor is a server-alias that the map does not know',
  problems,
  { aliases: '{"a.com":["x.com"]}', [SERVER_ALIAS]: 'x.com,y.com' },
  [
    `AnnotationInvalid ${at(SERVER_ALIAS)} "x.com,y.com": a plain list needs an Ingress with exactly one host, this one has 2; write {"<host>":["<alias>"]} in sluice.dev/aliases.`,
  ],
  ['a.com', 'b.com'],
);

test('100 aliases are allowed, 101 are not', t => {
  const list = (count: number): string => Array.from({ length: count }, (_, i) => `a${i}.com`).join(',');
  t.deepEqual(intents({ aliases: list(100) }).problems, []);
  t.deepEqual(intents({ aliases: list(101) }).problems.map(formatProblem), [
    `AnnotationInvalid ${at('aliases')}: gives 101 aliases, at most 100 are allowed; a wildcard such as "*.taobao.com" stands for many, or move some to another Ingress.`,
  ]);
});

test('all problems of all annotations are told at once', t => {
  const read = intents({
    tickets: '{',
    aliases: 'a b_c',
    'edge-services': '5',
    'on-empty-edge': 'x',
    paused: 'x',
    rewrite: 'x',
  });
  t.deepEqual(
    read.problems.map(({ field }) => field.slice(32, -1)),
    ['tickets', 'edge-services', 'aliases', 'on-empty-edge', 'paused', 'rewrite'],
  );
});

test('any texts in the annotations are read or answered with printable lines', t => {
  const words = [
    'header',
    'foo',
    'percent',
    'taobao.com',
    'a.com',
    '*.b.com',
    'cart',
    'edge',
    '\x1b\u202e\n',
  ];
  const text = fc.oneof(
    anyText(),
    jsonOf(words).map(value => JSON.stringify(value)),
    fc.constantFrom(...words),
  );
  const annotations = fc.dictionary(
    fc.constantFrom(
      'tickets',
      'aliases',
      'edge-services',
      'on-empty-edge',
      'paused',
      'rewrite',
      SERVER_ALIAS,
    ),
    text,
  );
  const hosts = fc.uniqueArray(fc.constantFrom<string>('', 'taobao.com', 'a.com', 'constructor'));
  fc.assert(
    fc.property(annotations, hosts, (written, ownHosts) => {
      const read = intents(written, ownHosts);
      assertPrintable(t, read.problems);
      for (const [host, list] of read.aliases ?? []) {
        t.true(ownHosts.includes(host));
        t.false(list.includes(host) || list.includes(''));
      }
    }),
    { numRuns: 2000 },
  );
});
