import { utf8Bytes } from '../../../src/core/byte-string.ts';
import type { RequestFacts } from '../../../src/core/ticket/request-facts.ts';
import type { Ticket } from '../../../src/core/ticket/ticket.ts';
import { parseTickets } from '../../../src/core/ticket/ticket-grammar.ts';
import type { PlainRequest } from '../../helpers/request-facts.ts';

/** Decides whether a ticket matches: both implementations have this form. */
export type Matches = (ticket: Ticket, ownHost: string, facts: RequestFacts) => boolean;

/** The one ticket that a valid text means. */
export const ticketOf = (written: unknown): Ticket => {
  const { tickets, problems } = parseTickets(written, 'tickets');
  const [ticket] = tickets;
  if (ticket === undefined || tickets.length !== 1)
    throw new Error(problems.map(problem => problem.message).join('\n'));
  return ticket;
};

export type ContractRow = readonly [
  title: string,
  written: unknown,
  request: PlainRequest,
  expected: boolean,
];

const headers = (...lines: readonly (readonly [string, string])[]): PlainRequest => ({ headers: lines });
const cookie = (...lines: readonly string[]): PlainRequest => ({
  headers: lines.map(line => ['Cookie', line]),
});
const query = (text: string): PlainRequest => ({ query: text });

const BAR = { header: { foo: 'bar' } };

/** What DESIGN 3 says under "Exactly what is compared", row by row (checklist S10). */
export const CONTRACT: readonly ContractRow[] = [
  ['an exact header matches', BAR, headers(['foo', 'bar']), true],
  ['another value does not', BAR, headers(['foo', 'baz']), false],
  ['a missing header does not', BAR, headers(), false],
  ['header names have no case', BAR, headers(['FOO', 'bar']), true],
  ['written header names have no case', { header: { FOO: 'bar' } }, headers(['foo', 'bar']), true],
  ['values have case', BAR, headers(['foo', 'Bar']), false],
  ['_ is not -', { header: { 'foo-bar': '1' } }, headers(['foo_bar', '1']), false],
  ['_ is matched by _', { header: { foo_bar: '1' } }, headers(['Foo_Bar', '1']), true],
  ['white space around a field line is removed', BAR, headers(['foo', ' \tbar\t ']), true],
  ['white space inside stays', { header: { foo: 'a b' } }, headers(['foo', 'a  b']), false],
  ['the second line of a header is tried', BAR, headers(['foo', 'x'], ['Foo', 'bar']), true],
  ['lines are not split at commas', BAR, headers(['foo', 'x, bar']), false],
  ['lines are not joined', { header: { foo: 'x, bar' } }, headers(['foo', 'x'], ['foo', 'bar']), false],
  ['quotes are part of a value', BAR, headers(['foo', '"bar"']), false],
  ['escapes are part of a header value', BAR, headers(['foo', '%62ar']), false],
  ['an empty header has the empty value', { header: { foo: '' } }, headers(['foo', ' ']), true],
  ['an empty header is present', { header: { foo: { present: true } } }, headers(['foo', '']), true],
  ['a missing header is not present', { header: { foo: { present: true } } }, headers(), false],
  ['a missing header is absent', { header: { foo: { absent: true } } }, headers(['fo', 'o']), true],
  ['an empty header is not absent', { header: { foo: { absent: true } } }, headers(['foo', '']), false],
  ['prefix', { header: { foo: { prefix: 'ba' } } }, headers(['foo', 'bar']), true],
  ['prefix elsewhere', { header: { foo: { prefix: 'ar' } } }, headers(['foo', 'bar']), false],
  ['suffix', { header: { foo: { suffix: 'ar' } } }, headers(['foo', 'bar']), true],
  ['suffix elsewhere', { header: { foo: { suffix: 'ba' } } }, headers(['foo', 'bar']), false],
  ['a suffix longer than the value', { header: { foo: { suffix: 'xbar' } } }, headers(['foo', 'bar']), false],
  ['contains', { header: { foo: { contains: 'a' } } }, headers(['foo', 'bar']), true],
  ['regex is unanchored', { header: { foo: { regex: 'a' } } }, headers(['foo', 'bar']), true],
  ['regex has case', { header: { foo: { regex: 'A' } } }, headers(['foo', 'bar']), false],
  ['in', { header: { foo: { in: ['x', 'bar'] } } }, headers(['foo', 'bar']), true],
  ['in, none of them', { header: { foo: { in: ['x', 'y'] } } }, headers(['foo', 'bar']), false],
  ['written text is UTF-8 on the wire', { header: { foo: 'é' } }, headers(['foo', utf8Bytes('é')]), true],
  ['latin1 is not UTF-8', { header: { foo: 'é' } }, headers(['foo', '\xe9']), false],
  ['a regex reads UTF-8', { header: { foo: { regex: '^é$' } } }, headers(['foo', utf8Bytes('é')]), true],
  ['a header named __proto__', JSON.parse('{"header":{"__proto__":"1"}}'), headers(['__proto__', '1']), true],
  ['every header must hold', { header: { a: '1', b: '2' } }, headers(['a', '1'], ['b', '1']), false],

  ['a cookie matches', { cookie: { a: '1' } }, cookie('b=2; a=1'), true],
  ['the first cookie of a name counts', { cookie: { a: '1' } }, cookie('a=1;a=2'), true],
  ['the second does not', { cookie: { a: '2' } }, cookie('a=1;a=2'), false],
  ['cookie names have case', { cookie: { a: '1' } }, cookie('A=1'), false],
  ['quotes of a cookie stay', { cookie: { a: '1' } }, cookie('a="1"'), false],
  ['quotes of a cookie can be written', { cookie: { a: '"1"' } }, cookie('a="1"'), true],
  ['cookies are not percent-decoded', { cookie: { a: '1' } }, cookie('a=%31'), false],
  ['an empty cookie is present', { cookie: { a: { present: true } } }, cookie('a='), true],
  ['a word without = is no cookie', { cookie: { a: { absent: true } } }, cookie('a'), true],
  ['a second Cookie line goes on', { cookie: { b: '2' } }, cookie('a=1', 'b=2'), true],
  ['the first line is first', { cookie: { a: '2' } }, cookie('a=1', 'a=2'), false],
  ['a prefix of a name is no name', { cookie: { uid: '1' } }, cookie('xuid=1; uidx=1'), false],

  ['a query parameter matches', { query: { a: '1' } }, query('b=2&a=1'), true],
  ['the first of a name counts', { query: { a: '2' } }, query('a=1&a=2'), false],
  ['query values are decoded', { query: { a: 'x y' } }, query('a=%78+y'), true],
  ['query names are decoded', { query: { 'a b': '1' } }, query('%61+b=1'), true],
  ['%2B is a plus', { query: { a: '+' } }, query('a=%2B'), true],
  ['query names have case', { query: { a: '1' } }, query('A=1'), false],
  ['a bare name has the empty value', { query: { a: '' } }, query('a'), true],
  ['; does not separate', { query: { b: '2' } }, query('a=1;b=2'), false],
  ['UTF-8 in a query', { query: { é: 'é' } }, query('%C3%A9=%c3%a9'), true],
  ['a % without digits stays', { query: { a: '%zz' } }, query('a=%zz'), true],

  ['a method', { method: ['GET', 'HEAD'] }, { method: 'HEAD' }, true],
  ['another method', { method: ['GET'] }, { method: 'POST' }, false],
  ['written methods have no case', { method: ['get'] }, { method: 'GET' }, true],
  ['sent methods have', { method: ['get'] }, { method: 'get' }, false],

  ['an address', { sourceIP: ['10.0.0.0/8'] }, { sourceAddress: '10.1.2.3' }, true],
  ['another address', { sourceIP: ['10.0.0.0/8'] }, { sourceAddress: '11.1.2.3' }, false],
  ['one of several networks', { sourceIP: ['10.0.0.0/8', '::1'] }, { sourceAddress: '::1' }, true],
  ['a mapped network', { sourceIP: ['::ffff:10.0.0.0/104'] }, { sourceAddress: '10.1.2.3' }, true],

  [
    'before it expires',
    { ...BAR, expires: '1970-01-01T00:00:01Z' },
    { ...headers(['foo', 'bar']), nowMs: 999 },
    true,
  ],
  [
    'when it expires',
    { ...BAR, expires: '1970-01-01T00:00:01Z' },
    { ...headers(['foo', 'bar']), nowMs: 1000 },
    false,
  ],

  ['percent 100 is everybody', { percent: 100 }, {}, true],
  ['percent 0 is nobody', { percent: 0 }, {}, false],
  ['without the hashed value nobody is in', { percent: 100, hashOn: 'cookie:uid' }, {}, false],
  ['an empty hashed value is a value', { percent: 100, hashOn: 'cookie:uid' }, cookie('uid='), true],
  ['every address can be hashed', { percent: 100, hashOn: 'sourceIP' }, {}, true],
  ['a sticky cookie is made', { percent: 100, sticky: { cookie: 'id' } }, {}, true],
  ['a percent is one more condition', { ...BAR, percent: 100 }, headers(['foo', 'baz']), false],

  // Hashes by another implementation (Python): taobao.com:edge:u1 is at 21.198 %, s:u1 at 57.166 %,
  // é:u1 at 28.401 %, taobao.com:beta:u1 at 88.918 %, taobao.com:edge:é at 97.080 %, …:192.0.2.1 at 59.933 %.
  ['just over the hash', { percent: 21.2, hashOn: 'cookie:uid' }, cookie('uid=u1'), true],
  ['just under the hash', { percent: 21.19, hashOn: 'cookie:uid' }, cookie('uid=u1'), false],
  ['a header is hashed alike', { percent: 21.2, hashOn: 'header:UID' }, headers(['uid', 'u1']), true],
  ['a query parameter too', { percent: 21.19, hashOn: 'query:uid' }, query('uid=%751'), false],
  [
    'of a repeated header the first line',
    { percent: 21.2, hashOn: 'header:uid' },
    headers(['uid', 'u2'], ['uid', 'u1']),
    false,
  ],
  ['a salt in', { percent: 57.17, hashOn: 'cookie:uid', salt: 's' }, cookie('uid=u1'), true],
  ['a salt out', { percent: 57.16, hashOn: 'cookie:uid', salt: 's' }, cookie('uid=u1'), false],
  ['a salt is UTF-8', { percent: 28.41, hashOn: 'cookie:uid', salt: 'é' }, cookie('uid=u1'), true],
  [
    'a salt is UTF-8 and not less',
    { percent: 28.4, hashOn: 'cookie:uid', salt: 'é' },
    cookie('uid=u1'),
    false,
  ],
  [
    'the track is in the default salt',
    { percent: 88.92, hashOn: 'cookie:uid', to: 'beta' },
    cookie('uid=u1'),
    true,
  ],
  [
    'the track changes the bucket',
    { percent: 88.91, hashOn: 'cookie:uid', to: 'beta' },
    cookie('uid=u1'),
    false,
  ],
  [
    'hashed values are bytes',
    { percent: 97.09, hashOn: 'cookie:uid' },
    cookie(`uid=${utf8Bytes('é')}`),
    true,
  ],
  [
    'hashed values are bytes, exactly',
    { percent: 97.08, hashOn: 'cookie:uid' },
    cookie(`uid=${utf8Bytes('é')}`),
    false,
  ],
  [
    'an address is hashed as text',
    { percent: 59.94, hashOn: 'sourceIP' },
    { sourceAddress: '192.0.2.1' },
    true,
  ],
  ['an address out', { percent: 59.93, hashOn: 'sourceIP' }, { sourceAddress: '192.0.2.1' }, false],
  [
    'a sticky cookie is hashed like any other',
    { percent: 21.2, sticky: { cookie: 'id' } },
    cookie('id=u1'),
    true,
  ],
  ['a sticky cookie out', { percent: 21.19, sticky: { cookie: 'id' } }, cookie('id=u1'), false],
];
