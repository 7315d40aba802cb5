import test from 'ava';
import { formatProblem } from '../../../src/core/problem.ts';
import type { Percentage } from '../../../src/core/ticket/ticket.ts';
import { parseTickets } from '../../../src/core/ticket/ticket-grammar.ts';
import { ticketOf } from './matcher-contract.ts';

const read = test.macro({
  exec(t, written: unknown, percentage: Percentage) {
    t.deepEqual(ticketOf(written).percentage, percentage);
  },
  title: (_, written) => `${JSON.stringify(written)} is a percentage`,
});

const PER_REQUEST = { kind: 'request' } as const;

test(read, { percent: 0 }, { basisPoints: 0, by: PER_REQUEST });
test(read, { percent: 100 }, { basisPoints: 10_000, by: PER_REQUEST });
test(read, { percent: 0.01 }, { basisPoints: 1, by: PER_REQUEST });
test(read, { percent: 0.29 }, { basisPoints: 29, by: PER_REQUEST });
test(read, { percent: 1.1 }, { basisPoints: 110, by: PER_REQUEST });
test(read, { percent: 99.99 }, { basisPoints: 9999, by: PER_REQUEST });
test(
  read,
  { percent: 5, hashOn: 'sourceIP' },
  { basisPoints: 500, by: { kind: 'hash', source: { kind: 'sourceIP' }, salt: null } },
);
test(
  read,
  { percent: 5, hashOn: 'header:X-Uid' },
  { basisPoints: 500, by: { kind: 'hash', source: { kind: 'header', name: 'x-uid' }, salt: null } },
);
test(
  read,
  { percent: 5, hashOn: 'cookie:Uid', salt: 's' },
  { basisPoints: 500, by: { kind: 'hash', source: { kind: 'cookie', name: 'Uid' }, salt: 's' } },
);
test(
  read,
  { percent: 5, hashOn: 'query:a:b' },
  { basisPoints: 500, by: { kind: 'hash', source: { kind: 'query', name: 'a:b' }, salt: null } },
);
test(
  read,
  { percent: 5, sticky: { cookie: 'id' } },
  { basisPoints: 500, by: { kind: 'sticky', cookie: 'id', ttlSeconds: null, salt: null } },
);
test(
  read,
  { percent: 5, sticky: { cookie: 'id', ttlSeconds: 60 }, salt: 's' },
  { basisPoints: 500, by: { kind: 'sticky', cookie: 'id', ttlSeconds: 60, salt: 's' } },
);

test('every percent of two decimals is read exactly', t => {
  for (let points = 0; points <= 10_000; points += 1) {
    const written = Number(`${Math.floor(points / 100)}.${String(points % 100).padStart(2, '0')}`);
    if (ticketOf({ percent: written }).percentage?.basisPoints !== points) t.fail(String(written));
  }
  t.pass();
});

const refused = test.macro({
  exec(t, written: Readonly<Record<string, unknown>>, ...lines: readonly string[]) {
    const { tickets, problems } = parseTickets({ header: { foo: 'bar' }, ...written }, 't');
    t.deepEqual(problems.map(formatProblem), [...lines]);
    t.deepEqual(tickets, []);
  },
  title: (_, written, ...[first = '']: readonly string[]) =>
    `${JSON.stringify(written).slice(0, 90)} is refused: ${first.slice(0, 150)}`,
});

const RANGE = 'must be a number from 0 to 100 with at most two decimals';
test(refused, { percent: -1 }, `TicketInvalid t.percent "-1": ${RANGE}; write for example 20 or 0.25.`);
test(
  refused,
  { percent: 100.01 },
  `TicketInvalid t.percent "100.01": ${RANGE}; write for example 20 or 0.25.`,
);
test(refused, { percent: 0.001 }, `TicketInvalid t.percent "0.001": ${RANGE}; write for example 20 or 0.25.`);
test(refused, { percent: 1e-7 }, `TicketInvalid t.percent "1e-7": ${RANGE}; write for example 20 or 0.25.`);
test(
  refused,
  { percent: 1e300 },
  `TicketInvalid t.percent "1e+300": ${RANGE}; write for example 20 or 0.25.`,
);
test(
  refused,
  { percent: '20%' },
  `TicketInvalid t.percent "20%": ${RANGE}; write 20 without quotes and percent sign.`,
);
test(refused, { percent: 'some' }, `TicketInvalid t.percent "some": ${RANGE}; write for example 20 or 0.25.`);
test(refused, { percent: null }, `TicketInvalid t.percent: ${RANGE}; write for example 20 or 0.25.`);

const SOURCES = 'must be "header:NAME", "cookie:NAME", "query:NAME" or "sourceIP".';
for (const hashOn of ['uid', 'sourceip', 'Cookie:uid', 'cookie', ':uid', 'sourceIP:x']) {
  test(refused, { percent: 5, hashOn }, `TicketInvalid t.hashOn "${hashOn}": ${SOURCES}`);
}
test(refused, { percent: 5, hashOn: ['cookie:uid'] }, `TicketInvalid t.hashOn: ${SOURCES}`);
test(
  refused,
  { percent: 5, hashOn: 'cookie:' },
  'TicketInvalid t.hashOn "": is an empty name of a cookie: write a name.',
);
test(
  refused,
  { percent: 5, hashOn: 'header:X-Real-IP' },
  'TicketInvalid t.hashOn "X-Real-IP": is reserved, it is set by the router itself: use "sourceIP" for the address of the client.',
);

test(
  refused,
  { hashOn: 'cookie:uid', salt: 's', sticky: { cookie: 'id' } },
  ...['hashOn', 'salt', 'sticky'].map(
    name =>
      `TicketInvalid t.${name}: has no effect without "percent"; add for example "percent": 20, or leave it out.`,
  ),
);
test(
  refused,
  { percent: 5, hashOn: 'cookie:uid', sticky: { cookie: 'id' } },
  'TicketInvalid t.sticky: cannot stand beside "hashOn", since it is hashOn with a cookie that the router makes; leave one of the two out.',
);
test(
  refused,
  { percent: 5, salt: 's' },
  'TicketInvalid t.salt: has no effect where every request is drawn anew; add "hashOn" (for example "cookie:uid") or "sticky", or leave it out.',
);
test(
  refused,
  { percent: 5, hashOn: 'sourceIP', salt: '' },
  'TicketInvalid t.salt "": must be a string that is not empty, not ""; leave it out for the default.',
);
test(
  refused,
  { percent: 5, hashOn: 'sourceIP', salt: 7 },
  'TicketInvalid t.salt "7": must be a string that is not empty, not a number; leave it out for the default.',
);
test(
  refused,
  { percent: 5, hashOn: 'sourceIP', salt: 's'.repeat(4097) },
  `TicketInvalid t.salt "${'s'.repeat(120)}…": is longer than 4096 bytes; shorten it.`,
);

const COOKIE = `must be the name of a cookie, of letters, digits and !#$%&'*+-.^_\`|~ only; write for example {"cookie": "sluice-id", "ttlSeconds": 86400}.`;
const TTL = `must be a whole number of seconds from 1 to 2147483647; leave it out for a cookie that ends with the browser's session.`;
test(
  refused,
  { percent: 5, sticky: 'id' },
  'TicketInvalid t.sticky "id": must be an object such as {"cookie": "sluice-id", "ttlSeconds": 86400}, not a string.',
);
test(refused, { percent: 5, sticky: {} }, `TicketInvalid t.sticky.cookie: ${COOKIE}`);
test(refused, { percent: 5, sticky: { cookie: 'a b' } }, `TicketInvalid t.sticky.cookie "a b": ${COOKIE}`);
test(refused, { percent: 5, sticky: { cookie: 'é' } }, `TicketInvalid t.sticky.cookie "é": ${COOKIE}`);
for (const ttlSeconds of [0, -1, 1.5, '60', 2 ** 31]) {
  test(
    refused,
    { percent: 5, sticky: { cookie: 'id', ttlSeconds } },
    `TicketInvalid t.sticky.ttlSeconds "${ttlSeconds}": ${TTL}`,
  );
}
test(
  refused,
  { percent: 5, sticky: { cookie: 'id', ttl: 60 } },
  'TicketInvalid t.sticky.ttl: unknown field; did you mean "ttlSeconds"?',
);
