import test from 'ava';
import fc from 'fast-check';
import { compileTicket, defaultSalt } from '../../../src/core/ticket/compiled-ticket.ts';
import { referenceMatches } from '../../../src/core/ticket/reference-ticket.ts';
import type { RequestFacts } from '../../../src/core/ticket/request-facts.ts';
import type { Ticket } from '../../../src/core/ticket/ticket.ts';
import {
  factsOf,
  fitted,
  type PlainRequest,
  plainRequest,
  REQUEST_TIME_MS,
  writtenTicket,
} from '../../helpers/request-facts.ts';
import { CONTRACT, type ContractRow, ticketOf } from './matcher-contract.ts';

const OWN_HOST = 'taobao.com';

const compiledMatches = (ticket: Ticket, ownHost: string, facts: RequestFacts): boolean =>
  compileTicket(ticket, { ownHost }).matches(facts);

const contract = test.macro({
  exec(t, [, written, request, expected]: ContractRow) {
    t.is(compiledMatches(ticketOf(written), OWN_HOST, factsOf(request)), expected);
  },
  title: (_, [title, , , expected]: ContractRow) => `${title}: ${expected ? 'matches' : 'does not match'}`,
});

for (const row of CONTRACT) test(contract, row);

/** True if a percentage is asked at all, and may say yes as well as no. */
const hangsOnPercentage = (ticket: Ticket, request: PlainRequest): boolean =>
  ticket.percentage !== null &&
  ticket.percentage.basisPoints % 10_000 !== 0 &&
  referenceMatches({ ...ticket, percentage: null }, OWN_HOST, factsOf(request));

test('the compiled matcher decides, draws and mints like the reference on 12,000 generated pairs', t => {
  const counts = { true: 0, false: 0 };
  let percentageDecided = 0;
  const pair = fc.tuple(writtenTicket, plainRequest, fc.boolean());
  fc.assert(
    fc.property(pair, ([written, plain, fit]) => {
      const request: PlainRequest = fit ? fitted(plain, written) : plain;
      const ticket = ticketOf(written);
      const compiledFacts = factsOf(request);
      const referenceFacts = factsOf(request);
      const decided = compiledMatches(ticket, OWN_HOST, compiledFacts);
      counts[`${decided}`] += 1;
      if (hangsOnPercentage(ticket, request)) percentageDecided += 1;
      const expected = referenceMatches(ticket, OWN_HOST, referenceFacts);
      return (
        decided === expected &&
        compiledFacts.drawCount() === referenceFacts.drawCount() &&
        compiledFacts.minted.length === referenceFacts.minted.length
      );
    }),
    { numRuns: 12_000 },
  );
  // Otherwise the generators never met, and the test would say nothing.
  t.true(counts.true > 2000, `${counts.true} matched`);
  t.true(counts.false > 2000, `${counts.false} did not`);
  t.true(percentageDecided > 1000, `${percentageDecided} hung on their percentage`);
});

test('the first failing condition is undefined exactly where the ticket matches', t => {
  const failing = new Set<string>();
  fc.assert(
    fc.property(writtenTicket, plainRequest, fc.boolean(), (written, plain, fit) => {
      const request = fit ? fitted(plain, written) : plain;
      const compiled = compileTicket(ticketOf(written), { ownHost: OWN_HOST });
      const first = compiled.firstFailing(factsOf(request));
      t.is(first === undefined, compiled.matches(factsOf(request)));
      if (first === undefined) return;
      t.true(compiled.conditions.includes(first));
      failing.add(first.text.split(' ')[0] ?? '');
    }),
    { numRuns: 2000 },
  );
  t.deepEqual([...failing].sort(), ['before', 'cookie', 'header', 'method', 'percent', 'query', 'sourceIP']);
});

test('conditions are asked in the order expiry, method, address, header, cookie, query, percent', t => {
  const ticket = ticketOf({
    percent: 20,
    query: { q: '1' },
    cookie: { c: '1' },
    header: { b: '1', A: '1' },
    sourceIP: ['10.0.0.0/8'],
    method: ['POST', 'GET'],
    expires: '2026-01-01T00:00:00Z',
  });
  t.deepEqual(
    compileTicket(ticket, { ownHost: OWN_HOST }).conditions.map(condition => condition.text),
    [
      'before 2026-01-01T00:00:00.000Z',
      'method in GET, POST',
      'sourceIP in 10.0.0.0/8',
      'header a = "1"',
      'header b = "1"',
      'cookie c = "1"',
      'query q = "1"',
      'percent 20 of requests',
    ],
  );
});

test('a sticky cookie is minted only when every other condition holds, and with its Max-Age', t => {
  const ticket = ticketOf({
    header: { foo: 'bar' },
    cookie: { seen: { absent: true } },
    percent: 0,
    sticky: { cookie: 'id', ttlSeconds: 60 },
  });
  const { matches } = compileTicket(ticket, { ownHost: OWN_HOST });
  const without = factsOf({});
  t.false(matches(without));
  t.deepEqual(without.minted, []);
  const half = factsOf({ headers: [['foo', 'bar'], ['cookie', 'seen=1']] }); // biome-ignore format: one request
  t.false(matches(half));
  t.deepEqual(half.minted, []);
  const holding = factsOf({ headers: [['foo', 'bar']] });
  t.false(matches(holding));
  t.deepEqual(holding.minted, [['id', 60]]);
  const returning = factsOf({ headers: [['foo', 'bar'], ['cookie', 'id=x']] }); // biome-ignore format: one request
  matches(returning);
  t.deepEqual(returning.minted, []);
});

test('a number is drawn only when every other condition holds, and once', t => {
  const { matches } = compileTicket(ticketOf({ header: { foo: 'bar' }, percent: 50 }), { ownHost: OWN_HOST });
  const without = factsOf({});
  matches(without);
  t.is(without.drawCount(), 0);
  const holding = factsOf({ headers: [['foo', 'bar']] });
  matches(holding);
  t.is(holding.drawCount(), 1);
});

const HASHED = ['cookie', 'sticky'] as const;
const percentTicket = (percent: number, by: (typeof HASHED)[number], salt: string): Ticket =>
  ticketOf(
    by === 'sticky' ? { percent, salt, sticky: { cookie: 'uid' } } : { percent, salt, hashOn: 'cookie:uid' },
  );

test('raising a percent never takes anyone back', t => {
  const percents = fc.integer({ min: 0, max: 10_000 }).map(points => points / 100);
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(
      fc.tuple(percents, percents),
      fc.constantFrom(...HASHED),
      fc.uuid(),
      fc.string({ minLength: 1 }),
      ([one, other], by, uid, salt) => {
        const facts = factsOf({ headers: [['cookie', `uid=${uid}`]] });
        const low = compiledMatches(percentTicket(Math.min(one, other), by, salt), OWN_HOST, facts);
        const high = compiledMatches(percentTicket(Math.max(one, other), by, salt), OWN_HOST, facts);
        outcomes.add(`${low} to ${high}`);
        return !low || high;
      },
    ),
    { numRuns: 2000 },
  );
  t.deepEqual([...outcomes].sort(), ['false to false', 'false to true', 'true to true']);
});

test('one user with one salt gets one decision on every host, and through every source', t => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9]{1,12}$/), fc.integer({ min: 0, max: 100 }), (uid, percent) => {
      const facts = factsOf({
        headers: [['uid', uid], ['cookie', `uid=${uid}`]],
        query: `uid=${uid}`,
      }); // biome-ignore format: one request
      const decisions = ['a.com', 'b.com'].flatMap(host =>
        ['header:uid', 'cookie:uid', 'query:uid'].map(hashOn =>
          compiledMatches(ticketOf({ percent, hashOn, salt: 'all' }), host, facts),
        ),
      );
      t.is(new Set(decisions).size, 1);
    }),
    { numRuns: 500 },
  );
});

test('a percent gets its share of many users', t => {
  for (const percent of [1, 20, 50]) {
    const { matches } = compileTicket(ticketOf({ percent, hashOn: 'cookie:uid' }), { ownHost: OWN_HOST });
    const inside = Array.from({ length: 20_000 }, (_, uid) =>
      factsOf({ headers: [['cookie', `uid=user-${uid}`]] }),
    ).filter(matches).length;
    // Users and hash are fixed, so this never wavers; four standard deviations of a fair share are 1.4 points.
    t.true(Math.abs(inside / 200 - percent) < 1.4, `${percent} gave ${inside / 200}`);
  }
});

test('the default salt is the own host and the track', t => {
  t.is(defaultSalt('taobao.com', 'edge'), 'taobao.com:edge');
});

test('a ticket that no parser let through is a bug, not a ticket that never matches', t => {
  const ticket = ticketOf({ header: { foo: 'bar' } });
  const broken: Ticket = {
    ...ticket,
    headers: [{ name: 'foo', matcher: { kind: 'regex', pattern: '(' } }],
  };
  t.throws(() => compileTicket(broken, { ownHost: OWN_HOST }), { message: /a parsed ticket has a regex/ });
});

test('an expired ticket asks nothing else', t => {
  const ticket = ticketOf({ header: { foo: 'bar' }, expires: '2026-01-01T00:00:00Z' });
  const facts: RequestFacts = {
    ...factsOf({ nowMs: REQUEST_TIME_MS }),
    headerLine: () => {
      throw new Error('asked');
    },
  };
  t.is(
    compileTicket(ticket, { ownHost: OWN_HOST }).firstFailing(facts)?.text,
    'before 2026-01-01T00:00:00.000Z',
  );
});
