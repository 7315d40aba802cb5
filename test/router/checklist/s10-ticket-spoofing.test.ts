import test from 'ava';
import fc from 'fast-check';
import { referenceMatches } from '../../../src/core/ticket/reference-ticket.ts';
import { parseTickets } from '../../../src/core/ticket/ticket-grammar.ts';
import { type FramingOrigin, startFramingOrigin } from '../../helpers/framing-origin.ts';
import { type OnePoolRouter, startOnePoolRouter } from '../../helpers/one-pool-router.ts';
import { connectRaw } from '../../helpers/raw-peer.ts';
import {
  factsOf,
  fitted,
  type PlainRequest,
  plainRequest,
  writtenTicket,
} from '../../helpers/request-facts.ts';
import { host, planOf, prefix, tableOf, to, tracks } from '../../helpers/written-plan.ts';

/*
 * The one rule (docs/rules-format.md, "What exactly is compared"): header names without case, `_` is not `-`;
 * each line of a repeated header is tried, its outer white space removed, never split at commas; cookie names with
 * case, the first cookie of that name, its value as sent; query decoded, `+` is a space, the first of that name.
 * It holds alike for a plain request, a pipelined one and an upgrade: one function decides.
 */

const TICKETS = 500;
const REQUESTS_PER_TICKET = 10;

type Written = Readonly<Record<string, unknown>>;

/** Chance has no place in a comparison: percentages need a hash. */
const isDetermined = (ticket: Written): boolean =>
  ticket.percent === undefined || ticket.hashOn !== undefined;

/** Every other ticket is one that has not expired, and is for this machine too: or hardly any would match. */
const reachable = (ticket: Written, at: number): Written => ({
  ...ticket,
  ...(at % 2 === 0 && ticket.expires !== undefined ? { expires: '2999-01-01T00:00:00Z' } : {}),
  ...(at % 2 === 0 && ticket.sourceIP !== undefined ? { sourceIP: ['192.0.2.1', '127.0.0.0/8'] } : {}),
});

/** As it can be sent: what a target may not hold is encoded, which means the same. */
const sendable = (request: PlainRequest): PlainRequest => ({
  ...request,
  method: (request.method ?? 'GET').toUpperCase(),
  query: (request.query ?? '').replace(
    /[^\x21-\x7e]|#/g,
    byte => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  ),
});

const requestText = (name: string, { method, query, headers = [] }: PlainRequest, extra: string): string =>
  `${method} /?${query} HTTP/1.1\r\nHost: ${name}\r\n${extra}${headers.map(([field, value]) => `${field}: ${value}\r\n`).join('')}\r\n`;

const expectedTrack = (written: Written, request: PlainRequest): string => {
  const [ticket] = parseTickets([written], 'tickets').tickets;
  if (ticket === undefined) throw new Error(`no ticket: ${JSON.stringify(written)}`);
  const facts = factsOf({ ...request, sourceAddress: '127.0.0.1', nowMs: Date.now() });
  return referenceMatches(ticket, 'taobao.com', facts) ? ticket.to : 'stable';
};

const answerWithTrack = (): Promise<FramingOrigin> =>
  startFramingOrigin(({ head }) => {
    const track = /\r\nx-sluice-track: (.*)\r\n/.exec(head)?.[1] ?? 'none';
    return `HTTP/1.1 200 OK\r\nDate: now\r\nX-Track: ${track}\r\nContent-Length: 0\r\n\r\n`;
  });

/** The real table, one host for each ticket, on a real port. */
const startTicketRouter = (tickets: readonly Written[], port: number): Promise<OnePoolRouter> => {
  const plan = planOf(
    tickets.map((written, at) =>
      host(`t${at}.com`, [[prefix('/'), to('cart', { ...tracks, written: [written] })]]),
    ),
  );
  const endpoints = [{ address: '127.0.0.1', port, pod: null }];
  const table = tableOf({ ...plan, pools: plan.pools.map(pool => ({ ...pool, endpoints })) });
  return startOnePoolRouter([], { decide: request => table.decide(request) });
};

/** The tracks that answered, in order; each write waits for its answers. */
const tracksOf = async (
  port: number,
  writes: readonly string[],
  perWrite: number,
): Promise<readonly string[]> => {
  const client = await connectRaw(port);
  const answered = (): readonly string[] =>
    [...client.received.matchAll(/X-Track: (.*)\r\n[\s\S]*?\r\n\r\n/g)].map(([, track]) => track ?? '');
  for (const [nth, text] of writes.entries()) {
    client.write(text);
    await client.until(() => answered().length >= (nth + 1) * perWrite);
  }
  client.socket.destroy();
  return answered();
};

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';

test('S10: 5,000 pairs of ticket and request get the answer of the written rule: plain, pipelined and as upgrade', async t => {
  const seed = Date.now() % 1_000_000;
  const tickets = fc.sample(writtenTicket.filter(isDetermined), { numRuns: TICKETS, seed }).map(reachable);
  const requests = fc.sample(plainRequest, { numRuns: TICKETS * REQUESTS_PER_TICKET, seed });
  const origin = await answerWithTrack();
  const router = await startTicketRouter(tickets, origin.port);
  let pairs = 0;
  let matched = 0;
  for (const [at, ticket] of tickets.entries()) {
    const own = requests
      .slice(at * REQUESTS_PER_TICKET, (at + 1) * REQUESTS_PER_TICKET)
      .map((request, nth) => sendable(nth % 4 === 0 ? request : fitted(request, ticket)));
    const expected = own.map(request => expectedTrack(ticket, request));
    const texts = own.map(request => requestText(`t${at}.com`, request, ''));
    const upgrades = own.map(request => requestText(`t${at}.com`, request, UPGRADE));
    const shown = `seed ${seed}: ${JSON.stringify([ticket, own])}`;
    t.deepEqual(await tracksOf(router.port, texts, 1), expected, `plain, ${shown}`);
    t.deepEqual(await tracksOf(router.port, [texts.join('')], texts.length), expected, `pipelined, ${shown}`);
    t.deepEqual(
      await tracksOf(router.port, [upgrades.join('')], texts.length),
      expected,
      `upgrade, ${shown}`,
    );
    pairs += own.length;
    matched += expected.filter(track => track !== 'stable').length;
  }
  await router.close();
  await origin.close();
  t.deepEqual(router.bugs, []);
  t.true(pairs >= 5000, `${pairs} pairs`);
  t.true(matched > 300 && matched < pairs - 300, `${matched} matched`);
  t.log(`seed ${seed}: ${matched} of ${pairs} pairs lead to a track`);
});

const HEADER = { header: { foo: 'bar' } };
const DASHED = { header: { 'foo-bar': 'x' } };
const COOKIE = { cookie: { uid: '1' } };
const QUERY = { query: { a: '1' } };
const rows: readonly (readonly [
  what: string,
  ticket: Written,
  fields: string,
  query: string,
  edge: boolean,
])[] = [
  ['the name in another case', HEADER, 'FOO: bar\r\n', '', true],
  ['the value in another case', HEADER, 'foo: Bar\r\n', '', false],
  ['white space around the value', HEADER, 'foo:\t bar \t\r\n', '', true],
  ['the second line of that name', HEADER, 'foo: x\r\nfoo: bar\r\n', '', true],
  ['a list with it', HEADER, 'foo: x, bar\r\n', '', false],
  ['quotes', HEADER, 'foo: "bar"\r\n', '', false],
  ['nothing', HEADER, 'foo:\r\n', '', false],
  ['present, and empty', { header: { foo: { present: true } } }, 'foo:\r\n', '', true],
  ['a dash for a dash', DASHED, 'Foo-Bar: x\r\n', '', true],
  ['an underscore for a dash', DASHED, 'Foo_Bar: x\r\n', '', false],
  ['a dash for an underscore', { header: { foo_bar: 'x' } }, 'foo-bar: x\r\n', '', false],
  ['a header that Connection takes away', HEADER, 'foo: bar\r\nConnection: foo\r\n', '', false],
  ['a cookie', COOKIE, 'Cookie: a=b; uid=1\r\n', '', true],
  ['the first of two cookies', COOKIE, 'Cookie: uid=1; uid=2\r\n', '', true],
  ['the second of two cookies', COOKIE, 'Cookie: uid=2; uid=1\r\n', '', false],
  ['the first of two Cookie lines', COOKIE, 'Cookie: uid=1\r\nCookie: uid=2\r\n', '', true],
  ['the second of two Cookie lines', COOKIE, 'Cookie: uid=2\r\nCookie: uid=1\r\n', '', false],
  ['a quoted cookie', COOKIE, 'Cookie: uid="1"\r\n', '', false],
  ['an encoded cookie', COOKIE, 'Cookie: uid=%31\r\n', '', false],
  ['an encoded cookie name', COOKIE, 'Cookie: %75id=1\r\n', '', false],
  ['a cookie name in another case', COOKIE, 'Cookie: UID=1\r\n', '', false],
  ['a cookie inside another', COOKIE, 'Cookie: a="; uid=1"\r\n', '', false],
  ['a cookie without value', COOKIE, 'Cookie: uid\r\n', '', false],
  ['an empty cookie', COOKIE, 'Cookie: uid=\r\n', '', false],
  ['a cookie beside a comma', COOKIE, 'Cookie: a=b, uid=1\r\n', '', false],
  ['a header named like the cookie', COOKIE, 'uid: 1\r\nSet-Cookie: uid=1\r\n', '', false],
  ['a parameter', QUERY, '', 'b=2&a=1', true],
  ['an encoded parameter', QUERY, '', '%61=%31', true],
  ['the second of two parameters', QUERY, '', 'a=2&a=1', false],
  ['a parameter behind a semicolon', QUERY, '', 'b=2;a=1', false],
  ['a parameter in an array', QUERY, '', 'a[]=1', false],
  ['a parameter in another case', QUERY, '', 'A=1', false],
  ['a name of an object', { header: { __proto__x: 'y' } }, '__proto__: y\r\n', '', false],
];
test('S10: what somebody tries in place of a ticket', async t => {
  const origin = await answerWithTrack();
  const router = await startTicketRouter(
    rows.map(([, ticket]) => ticket),
    origin.port,
  );
  for (const [at, [what, , fields, query, edge]] of rows.entries()) {
    const text = `GET /?${query} HTTP/1.1\r\nHost: t${at}.com\r\n${fields}\r\n`;
    // Not where Connection is the point: two Connection lines are one list.
    const asUpgrade = text.replace('\r\n\r\n', `\r\n${UPGRADE}\r\n`);
    t.deepEqual(
      await tracksOf(router.port, [text, asUpgrade], 1),
      Array(2).fill(edge ? 'edge' : 'stable'),
      what,
    );
  }
  await router.close();
  await origin.close();
  t.deepEqual(router.bugs, []);
});
