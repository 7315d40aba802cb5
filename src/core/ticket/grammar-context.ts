import { utf8Bytes } from '../byte-string.ts';
import { isRecord } from '../canonical-json.ts';
import { memberField, type Problem, type ProblemCode } from '../problem.ts';
import { nearestOf } from '../suggestion.ts';

/** Whose tickets are read: those of an Ingress, or those of a Service, whose connections show their address alone. */
export type TicketDialect = 'http' | 'tcp';

/** What one reading of a ticket list gathers: its problems, and how much of its limits is used up. */
export type GrammarContext = {
  readonly problems: Problem[];
  /** Regexes met so far, over all tickets. */
  regexCount: number;
  /** Regexes refused for their size: compiling a hostile one costs 100 ms, so they are counted. */
  tooLargeRegexes: number;
};

/** Longest written value or name, in UTF-8 bytes: a head of 32 KiB holds no more than a few of them (DESIGN 7). */
export const MAX_VALUE_BYTES = 4096;

/** True for a written value or name over the limit. */
export const isTooLong = (text: string): boolean =>
  text.length > MAX_VALUE_BYTES || utf8Bytes(text).length > MAX_VALUE_BYTES;

export const TOO_LONG = `is longer than ${MAX_VALUE_BYTES} bytes; shorten it.`;

/** Adds a problem; only scalars are repeated, since printing what is nested a thousand levels deep overflows the stack. */
export const report = (
  context: GrammarContext,
  code: ProblemCode,
  at: { readonly field: string; readonly value?: unknown; readonly message: string },
): void => {
  const { field, value, message } = at;
  const shown = typeof value === 'object' || value === undefined ? {} : { value: String(value) };
  context.problems.push({ code, field, message, ...shown });
};

export { memberField };

/** `a list`, `the number 5`: what somebody wrote instead of what was wanted. */
export const shapeOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'object':
      return 'an object';
    case 'string':
      return 'a string';
    case 'number':
      return 'a number';
    case 'boolean':
      return String(value);
    default:
      return 'no JSON value';
  }
};

/** The members of an object that are written, or undefined (and a problem) where the value is none. */
export const readObject = (
  context: GrammarContext,
  value: unknown,
  at: { readonly code: ProblemCode; readonly field: string; readonly example: string },
): Readonly<Record<string, unknown>> | undefined => {
  if (isRecord(value)) return value;
  report(context, at.code, {
    field: at.field,
    value,
    message: `must be an object such as ${at.example}, not ${shapeOf(value)}.`,
  });
  return undefined;
};

/** A list of strings with at least one item, each once, sorted; undefined (and a problem) where the value is none. */
export const readStrings = (
  context: GrammarContext,
  value: unknown,
  at: { readonly code: ProblemCode; readonly field: string; readonly example: string },
): readonly string[] | undefined => {
  const { code, field, example } = at;
  if (!Array.isArray(value)) {
    report(context, code, {
      field,
      value,
      message: `must be a list such as ${example}, not ${shapeOf(value)}.`,
    });
    return undefined;
  }
  if (value.length === 0) {
    report(context, code, {
      field,
      message: `is an empty list, which nothing can match; write for example ${example}, or leave it out.`,
    });
    return undefined;
  }
  const strings: string[] = [];
  for (const [index, item] of value.entries()) {
    if (typeof item === 'string') strings.push(item);
    else {
      report(context, code, {
        field: `${field}[${index}]`,
        value: item,
        message: `must be a string in quotes, not ${shapeOf(item)}.`,
      });
    }
  }
  return strings.length === value.length ? sortedUnique(strings) : undefined;
};

/** Each string once, in the order of code units, so that equal lists are equal data. */
export const sortedUnique = (strings: readonly string[]): readonly string[] => [...new Set(strings)].sort();

/** What people of other routers write, and what it is called here. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  weight: 'percent',
  percentage: 'percent',
  track: 'to',
  target: 'to',
  parameter: 'query',
  params: 'query',
  ip: 'sourceIP',
  cidr: 'sourceIP',
  until: 'expires',
  equals: 'exact',
  is: 'exact',
  startsWith: 'prefix',
  endsWith: 'suffix',
  includes: 'contains',
  pattern: 'regex',
  oneOf: 'in',
  exists: 'present',
  maxAge: 'ttlSeconds',
  ttl: 'ttlSeconds',
  name: 'cookie',
};

/** Names every member that is not known, with the name that was probably meant. */
export const reportUnknown = (
  context: GrammarContext,
  written: Readonly<Record<string, unknown>>,
  at: { readonly code: ProblemCode; readonly field: string; readonly known: readonly string[] },
): void => {
  for (const name of Object.keys(written)) {
    if (at.known.includes(name)) continue;
    const other = Object.hasOwn(OTHER_WORDS, name) ? OTHER_WORDS[name] : undefined;
    const suggestion =
      other !== undefined && at.known.includes(other)
        ? `did you mean "${other}"?`
        : (nearestOf(name, at.known) ?? `the fields here are ${at.known.join(', ')}.`);
    report(context, at.code, { field: memberField(at.field, name), message: `unknown field; ${suggestion}` });
  }
};
