import {
  type GrammarContext,
  isTooLong,
  readObject,
  report,
  reportUnknown,
  shapeOf,
  type TicketDialect,
  TOO_LONG,
} from './grammar-context.ts';
import { isToken } from './reserved-header.ts';
import { readSourceName } from './source-name.ts';
import type { HashSource, Percentage } from './ticket.ts';

/** Largest Max-Age that every reader of it holds in a signed 32-bit number; browsers cut it to 400 days. */
const MAX_TTL_SECONDS = 2 ** 31 - 1;

const HASH_SOURCES = ['header', 'cookie', 'query'] as const;

/** Hundredths of a percent, or undefined (and a problem). */
const readPercent = (context: GrammarContext, value: unknown, field: string): number | undefined => {
  // The shortest text of a number is what its author wrote: 12.34 × 100 is 1234 only after rounding.
  if (typeof value === 'number' && /^\d{1,3}(?:\.\d{1,2})?$/.test(String(value)) && value <= 100) {
    return Math.round(value * 100);
  }
  const asText =
    typeof value === 'string' ? /^\s*(\d{1,3}(?:\.\d{1,2})?)\s*%?\s*$/.exec(value)?.[1] : undefined;
  const instead =
    asText === undefined ? 'write for example 20 or 0.25' : `write ${asText} without quotes and percent sign`;
  report(context, 'TicketInvalid', {
    field,
    value,
    message: `must be a number from 0 to 100 with at most two decimals; ${instead}.`,
  });
  return undefined;
};

type At = { readonly field: string; readonly dialect: TicketDialect };

const readHashOn = (
  context: GrammarContext,
  value: unknown,
  { field, dialect }: At,
): HashSource | undefined => {
  if (value === 'sourceIP') return { kind: 'sourceIP' };
  if (dialect === 'tcp') {
    report(context, 'TicketInvalid', {
      field,
      value,
      message:
        'must be "sourceIP", since a TCP connection shows nothing else; leave it out to draw each connection anew.',
    });
    return undefined;
  }
  const text = typeof value === 'string' ? value : '';
  const colon = text.indexOf(':');
  const kind = HASH_SOURCES.find(source => source === text.slice(0, Math.max(colon, 0)));
  if (kind === undefined) {
    report(context, 'TicketInvalid', {
      field,
      value,
      message: 'must be "header:NAME", "cookie:NAME", "query:NAME" or "sourceIP".',
    });
    return undefined;
  }
  const name = readSourceName(context, text.slice(colon + 1), { source: kind, field });
  return name === undefined ? undefined : { kind, name };
};

const readSalt = (context: GrammarContext, value: unknown, field: string): string | null => {
  if (value === undefined) return null;
  if (typeof value === 'string' && value !== '' && !isTooLong(value)) return value;
  const message =
    typeof value === 'string' && value !== ''
      ? TOO_LONG
      : `must be a string that is not empty, not ${value === '' ? '""' : shapeOf(value)}; leave it out for the default.`;
  report(context, 'TicketInvalid', { field, value, message });
  return null;
};

type Sticky = { readonly cookie: string; readonly ttlSeconds: number | null };

const readSticky = (context: GrammarContext, value: unknown, field: string): Sticky | undefined => {
  const example = '{"cookie": "sluice-id", "ttlSeconds": 86400}';
  const code = 'TicketInvalid';
  const written = readObject(context, value, { code, field, example });
  if (written === undefined) return undefined;
  reportUnknown(context, written, { code, field, known: ['cookie', 'ttlSeconds'] });
  const { cookie, ttlSeconds = null } = written;
  // A cookie that we set must be readable by everybody (RFC 6265 4.1.1).
  if (typeof cookie !== 'string' || !isToken(cookie) || isTooLong(cookie)) {
    report(context, code, {
      field: `${field}.cookie`,
      value: cookie,
      message: `must be the name of a cookie, of letters, digits and !#$%&'*+-.^_\`|~ only; write for example ${example}.`,
    });
    return undefined;
  }
  const ttlIsGood =
    ttlSeconds === null ||
    (typeof ttlSeconds === 'number' &&
      Number.isInteger(ttlSeconds) &&
      ttlSeconds > 0 &&
      ttlSeconds <= MAX_TTL_SECONDS);
  if (!ttlIsGood) {
    report(context, code, {
      field: `${field}.ttlSeconds`,
      value: ttlSeconds,
      message: `must be a whole number of seconds from 1 to ${MAX_TTL_SECONDS}; leave it out for a cookie that ends with the browser's session.`,
    });
    return undefined;
  }
  return { cookie, ttlSeconds };
};

const SELECTORS = ['hashOn', 'salt', 'sticky'] as const;

/** Says what `hashOn`, `salt` and `sticky` lack in a ticket where they would have no effect. */
const reportMisplaced = (
  context: GrammarContext,
  written: Readonly<Record<string, unknown>>,
  { field, dialect }: At,
): void => {
  if (written.percent === undefined) {
    for (const name of SELECTORS.filter(selector => written[selector] !== undefined)) {
      report(context, 'TicketInvalid', {
        field: `${field}.${name}`,
        message: 'has no effect without "percent"; add for example "percent": 20, or leave it out.',
      });
    }
    return;
  }
  if (written.sticky !== undefined && written.hashOn !== undefined) {
    report(context, 'TicketInvalid', {
      field: `${field}.sticky`,
      message:
        'cannot stand beside "hashOn", since it is hashOn with a cookie that the router makes; leave one of the two out.',
    });
  }
  if (written.salt !== undefined && written.sticky === undefined && written.hashOn === undefined) {
    report(context, 'TicketInvalid', {
      field: `${field}.salt`,
      message:
        dialect === 'tcp'
          ? 'has no effect where every connection is drawn anew; add "hashOn": "sourceIP", or leave it out.'
          : 'has no effect where every request is drawn anew; add "hashOn" (for example "cookie:uid") or "sticky", or leave it out.',
    });
  }
};

/** `percent`, `hashOn`, `salt` and `sticky` of one ticket (DESIGN 3, "percent"); null where there is no percent or a bad one. */
export const parsePercentage = (
  context: GrammarContext,
  written: Readonly<Record<string, unknown>>,
  { field, dialect }: At,
): Percentage | null => {
  reportMisplaced(context, written, { field, dialect });
  const { percent, hashOn, sticky } = written;
  const basisPoints = percent === undefined ? undefined : readPercent(context, percent, `${field}.percent`);
  const source =
    hashOn === undefined ? undefined : readHashOn(context, hashOn, { field: `${field}.hashOn`, dialect });
  const salt = readSalt(context, written.salt, `${field}.salt`);
  const cookie = sticky === undefined ? undefined : readSticky(context, sticky, `${field}.sticky`);
  if (basisPoints === undefined) return null;
  if (cookie !== undefined) return { basisPoints, by: { kind: 'sticky', ...cookie, salt } };
  if (source !== undefined) return { basisPoints, by: { kind: 'hash', source, salt } };
  return { basisPoints, by: { kind: 'request' } };
};
