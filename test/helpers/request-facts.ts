import fc from 'fast-check';
import { utf8Bytes } from '../../src/core/byte-string.ts';
import { MatchingBudget } from '../../src/core/ticket/matching-budget.ts';
import type { RequestFacts } from '../../src/core/ticket/request-facts.ts';

/** A request as a table row writes it; what is left out is plain. Strings are byte strings. */
export type PlainRequest = {
  readonly method?: string;
  /** Names in any case, values with white space around them if you like. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** What stands behind `?`. */
  readonly query?: string;
  readonly sourceAddress?: string;
  readonly nowMs?: number;
  /** Where the row of random numbers and ids begins; equal seeds give equal rows. */
  readonly seed?: number;
};

/** Facts that also tell what they were made to do. */
export type ObservedFacts = RequestFacts & {
  readonly minted: readonly (readonly [cookie: string, ttlSeconds: number | null])[];
  readonly drawCount: () => number;
};

const trimmed = (text: string): string => text.replace(/^[ \t]+/, '').replace(/[ \t]+$/, '');

/** Percent-decoding one character at a time; what is no triplet stays. */
const decoded = (text: string): string => {
  const [first, ...rest] = text;
  if (first === undefined) return '';
  if (first === '+') return ` ${decoded(rest.join(''))}`;
  const triplet = text.slice(0, 3);
  return /^%[0-9a-fA-F]{2}$/.test(triplet)
    ? String.fromCharCode(Number(`0x${triplet.slice(1)}`)) + decoded(text.slice(3))
    : first + decoded(rest.join(''));
};

/** `[name, value]` pairs of a Cookie header: the slow twin of `cookieValue`. */
export const cookiePairs = (header: string): readonly (readonly [string, string])[] =>
  header
    .split(';')
    .filter(piece => piece.includes('='))
    .map(piece => {
      const [name = '', ...value] = piece.split('=');
      return [trimmed(name), trimmed(value.join('='))];
    });

/** `[name, value]` pairs of a query, decoded: the slow twin of `queryValue`. */
export const queryPairs = (query: string): readonly (readonly [string, string])[] =>
  query
    .split('&')
    .filter(piece => piece !== '')
    .map(piece => {
      const [name = '', ...value] = piece.split('=');
      return [decoded(name), decoded(value.join('='))];
    });

const firstOf = (pairs: readonly (readonly [string, string])[], name: string): string | undefined =>
  pairs.find(([found]) => found === name)?.[1];

/** The semantics of RequestFacts in plain code, with random numbers and ids that a seed determines. */
export const factsOf = (request: PlainRequest): ObservedFacts => {
  const { method = 'GET', headers = [], query = '', sourceAddress = '192.0.2.1', nowMs = 0 } = request;
  const { seed = 1 } = request;
  const linesOf = (name: string): readonly string[] =>
    headers.filter(([written]) => written.toLowerCase() === name).map(([, value]) => trimmed(value));
  const minted: (readonly [string, number | null])[] = [];
  let draws = 0;
  return {
    method,
    nowMs,
    matching: new MatchingBudget(),
    sourceAddress,
    headerLine: (name, nth) => linesOf(name)[nth],
    cookie: name => firstOf(cookiePairs(linesOf('cookie').join('; ')), name),
    queryParameter: name => firstOf(queryPairs(query), name),
    draw: () => {
      draws += 1;
      // Knuth's multiplicative hash: spread over all 32 bits, and the same in every run.
      return Math.imul(seed * 31 + draws, 2654435761) >>> 0;
    },
    mint: (cookie, ttlSeconds) => {
      minted.push([cookie, ttlSeconds]);
      return `id-${seed}-${cookie}`;
    },
    minted,
    drawCount: () => draws,
  };
};

// Few names and values, so that tickets and requests meet; and those that are easily mistaken for one another.
const HEADER_NAMES = ['foo', 'Foo', 'foo_bar', 'foo-bar', 'x-uid'];
const NAMES = ['uid', 'UID', 'é', 'a b', '__proto__'];
const VALUES = ['bar', 'BAR', '', 'b', 'barbar', '"bar"', 'é', 'a b', 'bär', '%62ar', '1'];
const PARTS = ['b', 'bar', 'ar', 'é', '"', 'a b'];
const PATTERNS = ['^bar$', 'b.r', '(?i)^BAR', 'é', '^$', '[0-9]', 'a+r', '^(b|a| )+$', '.'];
const CIDRS = [
  '192.0.2.0/24',
  '192.0.2.1',
  '10.0.0.0/8',
  '0.0.0.0/0',
  '2001:db8::/32',
  '::/0',
  '::ffff:192.0.2.0/120',
];
const ADDRESSES = ['192.0.2.1', '192.0.2.77', '10.1.2.3', '203.0.113.9', '2001:db8::7', '2001:db9::1', '::1'];
const METHODS = ['GET', 'POST', 'get', 'DELETE'];

const headerName = fc.constantFrom(...HEADER_NAMES);
const plainName = fc.constantFrom(...NAMES);
const value = fc.constantFrom(...VALUES);
const part = fc.constantFrom(...PARTS);

/** A matcher as somebody writes it. */
export const writtenMatcher: fc.Arbitrary<unknown> = fc.oneof(
  value,
  fc.record({ exact: value }),
  fc.record({ prefix: part }),
  fc.record({ suffix: part }),
  fc.record({ contains: part }),
  fc.record({ regex: fc.constantFrom(...PATTERNS) }),
  fc.record({ in: fc.array(value, { minLength: 1, maxLength: 4 }) }),
  fc.constant({ present: true }),
  fc.constant({ absent: true }),
);

const percentage = fc
  .record({
    percent: fc.oneof(
      fc.constantFrom(0, 100, 50, 99.99),
      fc.integer({ min: 0, max: 10_000 }).map(points => points / 100),
    ),
    by: fc.oneof(
      fc.constant({}),
      fc.record({
        hashOn: fc.constantFrom(
          'header:x-uid',
          'header:Foo',
          'cookie:uid',
          'query:uid',
          'query:é',
          'sourceIP',
        ),
      }),
      fc.record({
        sticky: fc.record({ cookie: fc.constantFrom('uid', 'UID') }, { requiredKeys: ['cookie'] }),
      }),
    ),
    salt: fc.option(fc.constantFrom('s', 'é', 'summer sale'), { nil: undefined }),
  })
  .map(({ percent, by, salt }) => ({
    percent,
    ...by,
    ...(salt === undefined || Object.keys(by).length === 0 ? {} : { salt }),
  }));

const named = (name: fc.Arbitrary<string>, maxKeys: number): fc.Arbitrary<Record<string, unknown>> =>
  fc.dictionary(name, writtenMatcher, { minKeys: 1, maxKeys, noNullPrototype: false });

/** A ticket as somebody writes it, valid, over a small vocabulary; expiries lie around `REQUEST_TIME_MS`. */
export const writtenTicket: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc
  .record(
    {
      header: named(fc.constantFrom('foo', 'foo_bar', 'Foo-Bar', 'x-uid'), 2),
      cookie: named(plainName, 2),
      query: named(plainName, 2),
      method: fc.array(fc.constantFrom('GET', 'post', 'DELETE'), { minLength: 1, maxLength: 2 }),
      sourceIP: fc.array(fc.constantFrom(...CIDRS), { minLength: 1, maxLength: 3 }),
      percentage,
      to: fc.constantFrom('edge', 'beta', 'stable'),
      expires: fc.constantFrom(
        '2026-01-01T00:00:00Z',
        '2026-01-01T08:00:00.500+08:00',
        '2027-06-01T00:00:00-07:00',
      ),
    },
    { requiredKeys: [] },
  )
  .filter(({ header, cookie, query, method, sourceIP, percentage: share }) =>
    [header, cookie, query, method, sourceIP, share].some(condition => condition !== undefined),
  )
  .map(({ percentage: share, ...rest }) => ({ ...rest, ...share }));

/** The moment around which generated tickets expire: 2026-01-01. */
export const REQUEST_TIME_MS = Date.UTC(2026, 0, 1);

const blank = fc.constantFrom('', '', ' ', '\t ');
const spaced = fc
  .tuple(blank, value, blank)
  .map(([before, text, after]) => `${before}${utf8Bytes(text)}${after}`);

const cookiePiece = fc.oneof(
  fc.tuple(blank, plainName, spaced).map(([before, name, text]) => `${before}${utf8Bytes(name)}=${text}`),
  fc.constantFrom('', 'uid', '=', 'uid=1=2'),
);

/** Every byte as a triplet. */
const percentEncoded = (bytes: string): string =>
  Array.from(Buffer.from(bytes, 'latin1'), byte => `%${byte.toString(16).padStart(2, '0')}`).join('');

const encoded = (text: string): fc.Arbitrary<string> =>
  fc.constantFrom(
    encodeURIComponent(text),
    encodeURIComponent(text).replaceAll('%20', '+'),
    utf8Bytes(text),
    percentEncoded(utf8Bytes(text)),
  );

const queryPiece = fc.oneof(
  fc.tuple(plainName.chain(encoded), value.chain(encoded)).map(([name, text]) => `${name}=${text}`),
  plainName.chain(encoded),
  fc.constantFrom('', '=', 'uid=%zz', '%', 'uid=1=2'),
);

/** A request over the vocabulary of `writtenTicket`. */
export const plainRequest: fc.Arbitrary<PlainRequest> = fc.record({
  method: fc.constantFrom(...METHODS),
  headers: fc
    .tuple(
      fc.array(fc.tuple(headerName, spaced), { maxLength: 4 }),
      fc.array(
        fc.array(cookiePiece, { maxLength: 4 }).map(pieces => ['Cookie', pieces.join(';')] as const),
        { maxLength: 2 },
      ),
    )
    .map(([plain, cookies]) => [...plain, ...cookies]),
  query: fc.array(queryPiece, { maxLength: 4 }).map(pieces => pieces.join('&')),
  sourceAddress: fc.constantFrom(...ADDRESSES),
  nowMs: fc.constantFrom(REQUEST_TIME_MS - 1, REQUEST_TIME_MS, REQUEST_TIME_MS + 500, REQUEST_TIME_MS + 501),
  seed: fc.nat({ max: 0xffff }),
});

type WrittenMatcher = string | Readonly<Record<string, unknown>>;

/** A value that satisfies a written matcher where one value can; undefined: there must be none. */
const fittingValue = (matcher: WrittenMatcher): string | undefined => {
  if (typeof matcher === 'string') return matcher;
  const [[form, wanted] = []] = Object.entries(matcher);
  if (form === 'absent') return undefined;
  if (form === 'in' && Array.isArray(wanted)) return String(wanted[0]);
  if (form === 'regex')
    return VALUES.find(text => new RegExp(String(wanted).replace('(?i)', ''), 'iu').test(text));
  return form === 'present' ? '' : String(wanted);
};

const fittingPairs = (written: unknown): readonly (readonly [string, string])[] =>
  Object.entries((written ?? {}) as Readonly<Record<string, WrittenMatcher>>).flatMap(([name, matcher]) => {
    const fitting = fittingValue(matcher);
    return fitting === undefined ? [] : [[utf8Bytes(name), utf8Bytes(fitting)] as const];
  });

/** The request changed so that most of a written ticket's conditions hold: chance alone seldom gets there. */
export const fitted = (request: PlainRequest, ticket: Readonly<Record<string, unknown>>): PlainRequest => {
  const cookies = fittingPairs(ticket.cookie).map(([name, text]) => `${name}=${text}`);
  const queries = fittingPairs(ticket.query).map(
    ([name, text]) => `${percentEncoded(name)}=${percentEncoded(text)}`,
  );
  const methods = ticket.method as readonly string[] | undefined;
  // Half of them keep what they had, behind what fits: a percentage needs its value, `absent` needs none.
  const kept = (request.seed ?? 0) % 2 === 0;
  return {
    ...request,
    method: methods?.[0]?.toUpperCase() ?? request.method ?? 'GET',
    headers: [
      ...fittingPairs(ticket.header),
      ...(cookies.length === 0 ? [] : [['cookie', cookies.join('; ')] as const]),
      ...(kept ? (request.headers ?? []) : []),
    ],
    query: [...queries, ...(kept ? [request.query ?? ''] : [])].join('&'),
    nowMs: REQUEST_TIME_MS - 1,
    ...(ticket.sourceIP === undefined ? {} : { sourceAddress: '192.0.2.1' }),
  };
};
