import test from 'ava';
import fc from 'fast-check';
import { compileTicket } from '../../../src/core/ticket/compiled-ticket.ts';
import { parseTickets } from '../../../src/core/ticket/ticket-grammar.ts';
import { deadTickets } from '../../../src/core/ticket/ticket-warnings.ts';
import {
  factsOf,
  fitted,
  plainRequest,
  REQUEST_TIME_MS,
  writtenTicket,
} from '../../helpers/request-facts.ts';

const OWN_HOST = 'taobao.com';
const NOW = { nowMs: REQUEST_TIME_MS, ownHost: OWN_HOST };

const dead = test.macro({
  exec(
    t,
    written: readonly unknown[],
    indexes: readonly number[],
    tracks?: Readonly<Record<string, readonly string[]>>,
  ) {
    const { tickets, problems } = parseTickets(written, 't');
    t.deepEqual(problems, []);
    const known = tracks === undefined ? {} : { tracksByService: new Map(Object.entries(tracks)) };
    t.deepEqual(
      deadTickets(tickets, { ...NOW, ...known }).map(({ index }) => index),
      [...indexes],
    );
  },
  title: (_, written, indexes: readonly number[], tracks) =>
    `of ${JSON.stringify(written)}${tracks === undefined ? '' : ` with ${JSON.stringify(tracks)}`} ${indexes.length === 0 ? 'none is dead' : `[${indexes.join()}] is dead`}`,
});

const FOO = { header: { foo: 'bar' } };
const UID = { hashOn: 'cookie:uid' };

test(dead, [], []);
test(dead, [FOO], []);
test(dead, [{ ...FOO, expires: '2025-12-31T23:59:59Z' }], [0]);
test(dead, [{ ...FOO, expires: '2026-01-01T00:00:00Z' }], [0]);
test(dead, [{ ...FOO, expires: '2026-01-01T00:00:01Z' }], []);
test(dead, [{ percent: 0 }, { ...FOO, percent: 0, ...UID }], [0, 1]);
test(dead, [{ percent: 0.01 }], []);

// A percent on the same value and salt.
test(
  dead,
  [
    { percent: 20, ...UID },
    { percent: 20, ...UID },
  ],
  [1],
);
test(
  dead,
  [
    { percent: 20, ...UID },
    { percent: 10, ...UID },
  ],
  [1],
);
test(
  dead,
  [
    { percent: 20, ...UID },
    { percent: 21, ...UID },
  ],
  [],
);
test(
  dead,
  [
    { percent: 20, ...UID },
    { ...FOO, percent: 10, ...UID },
  ],
  [1],
);
test(
  dead,
  [
    { ...FOO, percent: 20, ...UID },
    { percent: 10, ...UID },
  ],
  [],
);
test(
  dead,
  [
    { percent: 20, ...UID },
    { percent: 10, ...UID, salt: 's' },
  ],
  [],
);
test(
  dead,
  [
    { percent: 20, ...UID },
    { percent: 10, ...UID, salt: 'taobao.com:edge' },
  ],
  [1],
);
test(
  dead,
  [
    { percent: 20, ...UID },
    { percent: 10, hashOn: 'cookie:UID' },
  ],
  [],
);
test(
  dead,
  [
    { percent: 20, ...UID },
    { percent: 10, hashOn: 'query:uid' },
  ],
  [],
);
test(dead, [{ percent: 20 }, { percent: 10 }], []);
test(dead, [{ percent: 100 }, { percent: 10 }, FOO], [1, 2]);
test(dead, [{ percent: 100, ...UID }, FOO], []);
test(
  dead,
  [
    { percent: 100, ...UID },
    { percent: 50, ...UID, salt: 's' },
  ],
  [1],
);
test(dead, [{ percent: 100, sticky: { cookie: 'id' } }, FOO], [1]);
test(
  dead,
  [
    { percent: 50, sticky: { cookie: 'id' } },
    { percent: 50, sticky: { cookie: 'id' } },
  ],
  [1],
);
test(
  dead,
  [
    { percent: 50, sticky: { cookie: 'id' } },
    { percent: 50, hashOn: 'cookie:id' },
  ],
  [1],
);
test(
  dead,
  [
    { percent: 50, hashOn: 'cookie:id' },
    { percent: 50, sticky: { cookie: 'id' } },
  ],
  [],
);
test(dead, [{ percent: 50, ...UID }, FOO], []);

// The other conditions.
test(dead, [FOO, FOO], [1]);
test(dead, [FOO, { ...FOO, description: 'again' }], [1]);
test(dead, [FOO, { ...FOO, cookie: { a: 'b' } }], [1]);
test(dead, [{ ...FOO, cookie: { a: 'b' } }, FOO], []);
test(dead, [FOO, { header: { foo: 'baz' } }], []);
test(dead, [{ header: { foo: { in: ['bar', 'baz'] } } }, FOO, { header: { foo: { in: ['baz'] } } }], [1, 2]);
test(dead, [FOO, { header: { foo: { in: ['bar', 'baz'] } } }], []);
test(dead, [{ header: { foo: { present: true } } }, FOO, { header: { foo: { absent: true } } }], [1]);
test(dead, [{ method: ['GET', 'POST'] }, { method: ['GET'] }, { method: ['GET', 'PUT'] }, FOO], [1]);
test(dead, [FOO, { ...FOO, method: ['GET'] }], [1]);
test(dead, [{ ...FOO, method: ['GET'] }, FOO], []);
test(dead, [{ sourceIP: ['10.0.0.0/8', '::1'] }, { sourceIP: ['::1'] }], [1]);
test(dead, [{ ...FOO, expires: '2026-06-01T00:00:00Z' }, FOO], []);
test(
  dead,
  [
    { ...FOO, expires: '2026-06-01T00:00:00Z' },
    { ...FOO, expires: '2026-05-01T00:00:00Z' },
  ],
  [1],
);
test(dead, [{ ...FOO, expires: '2025-06-01T00:00:00Z' }, FOO], [0]);

// Tracks and Services.
test(dead, [FOO, { ...FOO, to: 'beta' }], []);
test(dead, [FOO, { ...FOO, to: 'beta' }], [], { cart: ['edge', 'beta'], www: ['beta'] });
test(dead, [FOO, { ...FOO, to: 'beta' }], [1], { cart: ['edge', 'beta'], www: ['edge', 'beta'] });
test(dead, [FOO, { ...FOO, to: 'beta' }], [1], { cart: ['edge', 'beta'], www: ['edge'] });
test(dead, [FOO, { ...FOO, to: 'gamma' }], [], { cart: ['edge', 'beta'] });
test(dead, [{ ...FOO, to: 'stable' }, FOO], [1]);
test(dead, [{ ...FOO, services: ['cart'] }, FOO], []);
test(dead, [{ ...FOO, services: ['cart'] }, FOO], [1], { cart: ['edge'], www: [] });
test(dead, [FOO, { ...FOO, services: ['cart'] }], [1]);
test(
  dead,
  [
    { ...FOO, services: ['cart', 'www'] },
    { ...FOO, services: ['www'] },
  ],
  [1],
);
test(
  dead,
  [
    { ...FOO, services: ['cart'] },
    { ...FOO, services: ['cart', 'www'] },
  ],
  [],
);
test(
  dead,
  [
    { ...FOO, services: ['cart'] },
    { ...FOO, services: ['www'] },
    { ...FOO, services: ['www', 'cart'] },
  ],
  [2],
);
// Two tests of one share of users: the second sees nobody, whatever its track.
const SHARE = { percent: 10, hashOn: 'cookie:uid', salt: 'test' };
test(dead, [SHARE, { ...SHARE, to: 'beta' }], [1], { cart: ['edge', 'beta'] });

test('the reason says what to do', t => {
  const { tickets } = parseTickets(
    [FOO, { percent: 0 }, FOO, { ...FOO, expires: '2025-01-01T00:00:00Z' }],
    't',
  );
  t.deepEqual(deadTickets(tickets, NOW), [
    { index: 1, reason: 'its percent is 0; raise it, or remove the ticket' },
    {
      index: 2,
      reason:
        'it is shadowed: ticket [0], tried before it, matches whenever it does; put it first, narrow ticket [0], or (where both have a percent) give it a greater percent or another salt',
    },
    { index: 3, reason: 'it expired at 2025-01-01T00:00:00.000Z; remove it, or set a later "expires"' },
  ]);
});

test('no ticket that is ever the first to match is called dead', t => {
  let deadCount = 0;
  let checkedCount = 0;
  // Services are told apart by the router; here all tickets are tried, which `tracksByService` says.
  const tracksByService = new Map([['cart', ['edge', 'beta']]]);
  const lists = fc.array(writtenTicket, { minLength: 1, maxLength: 3 }).chain(list =>
    // Parts of one ticket repeated in another make shadows likely.
    fc.record({
      list: fc.constant(list),
      copied: fc.nat({ max: list.length - 1 }),
      added: fc.oneof(fc.constant({}), writtenTicket),
      request: plainRequest,
    }),
  );
  fc.assert(
    fc.property(lists, ({ list, copied, added, request }) => {
      const written = [...list, { ...added, ...list[copied] }];
      const { tickets } = parseTickets(written, 't');
      const nowMs = REQUEST_TIME_MS - 1;
      const deadIndexes = new Set(
        deadTickets(tickets, { nowMs, ownHost: OWN_HOST, tracksByService }).map(({ index }) => index),
      );
      deadCount += deadIndexes.size;
      for (const ticket of written) {
        const facts = factsOf({ ...fitted(request, ticket), nowMs });
        const first = tickets.find(candidate =>
          compileTicket(candidate, { ownHost: OWN_HOST }).matches(facts),
        );
        if (first !== undefined) checkedCount += 1;
        t.false(first !== undefined && deadIndexes.has(first.index));
      }
    }),
    { numRuns: 2000 },
  );
  t.true(deadCount > 300, `${deadCount} dead`);
  t.true(checkedCount > 1000, `${checkedCount} matched`);
});
