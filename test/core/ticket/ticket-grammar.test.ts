import test from 'ava';
import { formatProblem } from '../../../src/core/problem.ts';
import { MAX_CONDITIONS, MAX_TICKETS, parseTickets } from '../../../src/core/ticket/ticket-grammar.ts';
import { ticketOf } from './matcher-contract.ts';

const BAR = { header: { foo: 'bar' } };

const refused = test.macro({
  exec(t, written: unknown, ...lines: readonly string[]) {
    const { tickets, problems } = parseTickets(written, 'tickets');
    t.deepEqual(problems.map(formatProblem), [...lines]);
    t.deepEqual(tickets, []);
  },
  title: (_, written, ...[first = '']: readonly string[]) =>
    `${JSON.stringify(written)?.slice(0, 90)} is refused: ${first.slice(0, 150)}`,
});

// Every field that a ticket has, with every message.
test(
  refused,
  'foo=bar',
  'TicketInvalid tickets "foo=bar": must be a ticket such as {"header": {"foo": "bar"}}, not a string.',
);
test(refused, null, 'TicketInvalid tickets: must be a ticket such as {"header": {"foo": "bar"}}, not null.');
test(
  refused,
  [[BAR]],
  'TicketInvalid tickets[0]: must be a ticket such as {"header": {"foo": "bar"}}, not a list.',
);
test(
  refused,
  {},
  'TicketInvalid tickets: has no condition, so everybody would hold it; add a condition such as "header": {"foo": "bar"}, or write "percent": 100 if everybody is meant.',
);
test(
  refused,
  [{ to: 'beta', expires: '2026-11-11T00:00:00Z', description: 'x', services: ['cart'] }],
  'TicketInvalid tickets[0]: has no condition, so everybody would hold it; add a condition such as "header": {"foo": "bar"}, or write "percent": 100 if everybody is meant.',
);
test(
  refused,
  { ...BAR, headers: {} },
  'TicketInvalid tickets.headers: unknown field; did you mean "header"?',
);
test(
  refused,
  { ...BAR, Percent: 5 },
  'TicketInvalid tickets.Percent: unknown field; did you mean "percent"?',
);
test(refused, { ...BAR, weight: 5 }, 'TicketInvalid tickets.weight: unknown field; did you mean "percent"?');
test(
  refused,
  { ...BAR, zzz: 1 },
  'TicketInvalid tickets.zzz: unknown field; the fields here are header, cookie, query, method, sourceIP, percent, hashOn, salt, sticky, to, services, expires, description.',
);
test(
  refused,
  JSON.parse('{"header":{"foo":"bar"},"__proto__":{"a":1},"constructor":1,"a\\nb":1}'),
  'TicketInvalid tickets.__proto__: unknown field; the fields here are header, cookie, query, method, sourceIP, percent, hashOn, salt, sticky, to, services, expires, description.',
  'TicketInvalid tickets.constructor: unknown field; the fields here are header, cookie, query, method, sourceIP, percent, hashOn, salt, sticky, to, services, expires, description.',
  'TicketInvalid tickets["a\\nb"]: unknown field; the fields here are header, cookie, query, method, sourceIP, percent, hashOn, salt, sticky, to, services, expires, description.',
);
test(
  refused,
  { method: 'GET' },
  'TicketInvalid tickets.method "GET": must be a list such as ["GET", "HEAD"], not a string.',
);
test(
  refused,
  { method: [] },
  'TicketInvalid tickets.method: is an empty list, which nothing can match; write for example ["GET", "HEAD"], or leave it out.',
);
test(
  refused,
  { method: ['GET', 5] },
  'TicketInvalid tickets.method[1] "5": must be a string in quotes, not a number.',
);
test(
  refused,
  { method: ['GET /'] },
  'TicketInvalid tickets.method "GET /": is no HTTP method; write for example GET.',
);
test(
  refused,
  { sourceIP: '10.0.0.0/8' },
  'TicketInvalid tickets.sourceIP "10.0.0.0/8": must be a list such as ["10.0.0.0/8", "2001:db8::/32"], not a string.',
);
test(
  refused,
  { sourceIP: ['10.0.0.0/33', 'localhost', '10.0.0.0/8'] },
  'TicketInvalid tickets.sourceIP "10.0.0.0/33": is no address and no CIDR; write for example 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32.',
  'TicketInvalid tickets.sourceIP "localhost": is no address and no CIDR; write for example 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32.',
);
test(
  refused,
  { ...BAR, to: 'Edge' },
  'TicketInvalid tickets.to "Edge": must be the name of a track: lower-case letters, digits and "-", at most 32 characters, for example "edge".',
);
test(
  refused,
  { ...BAR, to: null },
  'TicketInvalid tickets.to: must be the name of a track: lower-case letters, digits and "-", at most 32 characters, for example "edge".',
);
test(
  refused,
  { ...BAR, services: 'cart-svc' },
  'TicketInvalid tickets.services "cart-svc": must be a list such as ["cart-svc"], not a string.',
);
test(
  refused,
  { ...BAR, services: [] },
  'TicketInvalid tickets.services: is an empty list, which nothing can match; write for example ["cart-svc"], or leave it out.',
);
test(
  refused,
  { ...BAR, services: ['default/cart'] },
  'TicketInvalid tickets.services "default/cart": is no name of a Service; write the stable Service as it stands in the rule, for example "cart-svc".',
);
test(
  refused,
  { ...BAR, expires: '2026-11-11' },
  'TicketInvalid tickets.expires "2026-11-11": must be a time as RFC 3339 writes it, with its zone, for example "2026-11-11T00:00:00+08:00".',
);
test(
  refused,
  { ...BAR, expires: 1_800_000_000 },
  'TicketInvalid tickets.expires "1800000000": must be a time as RFC 3339 writes it, with its zone, for example "2026-11-11T00:00:00+08:00".',
);
test(
  refused,
  { ...BAR, description: 5 },
  'TicketInvalid tickets.description "5": must be a string, not a number.',
);
test(
  refused,
  { ...BAR, description: ['x'] },
  'TicketInvalid tickets.description: must be a string, not a list.',
);
test(
  refused,
  {
    header: Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`h${n}`, '1'])),
    method: ['GET'],
    sourceIP: ['::1'],
    percent: 5,
  },
  'TicketInvalid tickets: has 33 conditions, at most 32 are allowed; split it into several tickets.',
);
// Two levels of the same ticket, and two tickets, are named in one go.
test(
  refused,
  [{ header: { Host: 'a', foo: 1 }, percent: 101 }, { cookie: { a: { regex: '(' } } }],
  'TicketInvalid tickets[0].header.Host "Host": is reserved, it chooses the rule before tickets are tried: write the ticket on the Ingress of that host.',
  'MatcherInvalid tickets[0].header.foo "1": is no matcher but a number; write "1" in quotes.',
  'TicketInvalid tickets[0].percent "101": must be a number from 0 to 100 with at most two decimals; write for example 20 or 0.25.',
  'RegexInvalid tickets[1].cookie.a.regex "(": is no RE2 regular expression, missing closing ): `(`: correct it, and write \\ in front of a character that is meant as it stands.',
);

test('a whole ticket is read into plain data, sorted and canonical', t => {
  const { tickets, problems } = parseTickets(
    {
      header: { 'X-B': { prefix: 'p' }, 'X-A': 'a' },
      cookie: { Uid: { in: ['b', 'a', 'b'] } },
      query: { q: { present: true } },
      method: ['post', 'GET', 'Post'],
      sourceIP: ['2001:DB8::1', '10.1.2.3/8', '::ffff:10.0.0.0/104'],
      percent: 12.34,
      hashOn: 'cookie:Uid',
      salt: 'summer',
      to: 'beta',
      services: ['www-svc', 'cart-svc'],
      expires: '2026-11-11T00:00:00+08:00',
      description: 'half of the testers',
    },
    'tickets',
  );
  t.deepEqual(problems, []);
  t.deepEqual(tickets, [
    {
      index: 0,
      headers: [
        { name: 'x-a', matcher: { kind: 'exact', value: 'a' } },
        { name: 'x-b', matcher: { kind: 'prefix', value: 'p' } },
      ],
      cookies: [{ name: 'Uid', matcher: { kind: 'in', values: ['a', 'b'] } }],
      queries: [{ name: 'q', matcher: { kind: 'present' } }],
      methods: ['GET', 'POST'],
      sourceCidrs: ['10.0.0.0/8', '2001:db8::1/128'],
      percentage: {
        basisPoints: 1234,
        by: { kind: 'hash', source: { kind: 'cookie', name: 'Uid' }, salt: 'summer' },
      },
      to: 'beta',
      services: ['cart-svc', 'www-svc'],
      expiresMs: Date.UTC(2026, 10, 10, 16),
      description: 'half of the testers',
    },
  ]);
});

test('what is not written has its default', t => {
  t.deepEqual(ticketOf({ percent: 5 }), {
    index: 0,
    headers: [],
    cookies: [],
    queries: [],
    methods: [],
    sourceCidrs: [],
    percentage: { basisPoints: 500, by: { kind: 'request' } },
    to: 'edge',
    services: null,
    expiresMs: null,
    description: null,
  });
});

test('a ticket may lead to stable: it exempts people from the tickets behind it', t => {
  t.is(ticketOf({ ...BAR, to: 'stable' }).to, 'stable');
});

test('an empty list is no ticket at all, and no problem', t => {
  t.deepEqual(parseTickets([], 'tickets'), { tickets: [], problems: [] });
});

test('a bad ticket is left out, the good ones keep their written place', t => {
  const { tickets, problems } = parseTickets([BAR, { percent: -1 }, { percent: 1 }], 'drainage.tickets');
  t.deepEqual(
    tickets.map(({ index }) => index),
    [0, 2],
  );
  t.deepEqual(
    problems.map(({ field }) => field),
    ['drainage.tickets[1].percent'],
  );
});

test('64 tickets are read; what is beyond is named once and left out', t => {
  t.deepEqual(parseTickets(Array(MAX_TICKETS).fill(BAR), 'tickets').problems, []);
  const { tickets, problems } = parseTickets(Array(MAX_TICKETS + 1).fill(BAR), 'tickets');
  t.is(tickets.length, MAX_TICKETS);
  t.deepEqual(problems.map(formatProblem), [
    'TicketInvalid tickets: has 65 tickets, at most 64 are allowed; those from [64] on are not looked at. One ticket holds for many values: {"in": […]}.',
  ]);
});

test('32 conditions are read', t => {
  const header = Object.fromEntries(Array.from({ length: MAX_CONDITIONS }, (_, n) => [`h${n}`, '1']));
  t.is(ticketOf({ header }).headers.length, MAX_CONDITIONS);
});
