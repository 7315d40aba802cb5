import { isRecord } from '../canonical-json.ts';
import { memberField } from '../problem.ts';
import {
  type GrammarContext,
  isTooLong,
  readObject,
  readStrings,
  report,
  reportUnknown,
  shapeOf,
  TOO_LONG,
} from './grammar-context.ts';
import { parseRegex } from './regex.ts';
import { type NamedSource, readSourceName, sourceLabel } from './source-name.ts';
import type { Matcher, NamedMatcher } from './ticket.ts';

/** Most regexes of one Ingress: each may cost the router up to value × instructions (DESIGN 3). */
export const MAX_REGEXES = 64;

/** Regexes refused for their size before the rest are not compiled any more. */
const MAX_TOO_LARGE_REGEXES = 4;

const FORMS = ['exact', 'prefix', 'suffix', 'contains', 'regex', 'in', 'present', 'absent'] as const;

const MATCHER_EXAMPLE = '{"exact": "bar"}';

const readText = (context: GrammarContext, value: unknown, field: string): string | undefined => {
  if (typeof value !== 'string') {
    const quoted =
      typeof value === 'number' || typeof value === 'boolean' ? `; write "${String(value)}" in quotes` : '';
    report(context, 'MatcherInvalid', {
      field,
      value,
      message: `must be a string, not ${shapeOf(value)}${quoted}.`,
    });
    return undefined;
  }
  if (isTooLong(value)) {
    report(context, 'MatcherInvalid', { field, value, message: TOO_LONG });
    return undefined;
  }
  return value;
};

/** A part that is compared somewhere in the value; an empty one would hold for every value. */
const readPart = (context: GrammarContext, value: unknown, field: string): string | undefined => {
  if (value !== '') return readText(context, value, field);
  report(context, 'MatcherInvalid', {
    field,
    value,
    message: 'is empty, which every value satisfies; write {"present": true} if that is meant.',
  });
  return undefined;
};

const readRegex = (context: GrammarContext, value: unknown, field: string): Matcher | undefined => {
  const pattern = readPart(context, value, field);
  if (pattern === undefined) return undefined;
  context.regexCount += 1;
  if (context.regexCount > MAX_REGEXES || context.tooLargeRegexes >= MAX_TOO_LARGE_REGEXES) {
    const reason =
      context.regexCount > MAX_REGEXES
        ? `is one regex too many: all tickets of an Ingress may have ${MAX_REGEXES}; write plain values with {"in": […]}.`
        : `was not looked at, since ${MAX_TOO_LARGE_REGEXES} regexes are too large already: mend those first.`;
    report(context, 'RegexInvalid', { field, value, message: reason });
    return undefined;
  }
  const regex = parseRegex(pattern);
  if (regex.ok) return { kind: 'regex', pattern };
  if (regex.tooLarge) context.tooLargeRegexes += 1;
  report(context, 'RegexInvalid', { field, value, message: `${regex.message}.` });
  return undefined;
};

const readIn = (context: GrammarContext, value: unknown, field: string): Matcher | undefined => {
  const values = readStrings(context, value, { code: 'MatcherInvalid', field, example: '["uid1", "uid2"]' });
  if (values === undefined) return undefined;
  const long = values.find(isTooLong);
  if (long === undefined) return { kind: 'in', values };
  report(context, 'MatcherInvalid', { field, value: long, message: TOO_LONG });
  return undefined;
};

const readFlag = (
  context: GrammarContext,
  kind: 'present' | 'absent',
  at: { readonly field: string; readonly value: unknown },
): Matcher | undefined => {
  if (at.value === true) return { kind };
  const other = kind === 'present' ? 'absent' : 'present';
  const instead =
    at.value === false ? `write {"${other}": true} for the opposite` : `write {"${kind}": true}`;
  report(context, 'MatcherInvalid', { ...at, message: `must be true; ${instead}.` });
  return undefined;
};

const readForm = (
  context: GrammarContext,
  form: (typeof FORMS)[number],
  at: { readonly field: string; readonly value: unknown },
): Matcher | undefined => {
  switch (form) {
    case 'exact': {
      const value = readText(context, at.value, at.field);
      return value === undefined ? undefined : { kind: form, value };
    }
    case 'prefix':
    case 'suffix':
    case 'contains': {
      const value = readPart(context, at.value, at.field);
      return value === undefined ? undefined : { kind: form, value };
    }
    case 'regex':
      return readRegex(context, at.value, at.field);
    case 'in':
      return readIn(context, at.value, at.field);
    case 'present':
    case 'absent':
      return readFlag(context, form, at);
    default:
      return form satisfies never;
  }
};

/** What to write where somebody wrote a scalar or a list in place of a matcher. */
const matcherHint = (value: unknown): string => {
  if (typeof value === 'number') return `write "${value}" in quotes`;
  if (typeof value === 'boolean') return `write "${value}" in quotes, or {"present": true}`;
  if (Array.isArray(value)) return 'write {"in": […]} for a list of values';
  return `write a string, or an object such as ${MATCHER_EXAMPLE}`;
};

const parseMatcher = (context: GrammarContext, value: unknown, field: string): Matcher | undefined => {
  if (typeof value === 'string') return readForm(context, 'exact', { field, value });
  if (!isRecord(value)) {
    report(context, 'MatcherInvalid', {
      field,
      value,
      message: `is no matcher but ${shapeOf(value)}; ${matcherHint(value)}.`,
    });
    return undefined;
  }
  const forms = FORMS.filter(form => Object.hasOwn(value, form));
  reportUnknown(context, value, { code: 'MatcherInvalid', field, known: FORMS });
  const matchers = forms.map(form =>
    readForm(context, form, { field: `${field}.${form}`, value: value[form] }),
  );
  if (forms.length === 1) return matchers[0];
  if (forms.length > 1 || Object.keys(value).length === 0) {
    report(context, 'MatcherInvalid', {
      field,
      message: `has ${forms.length === 0 ? 'no form' : forms.join(' and ')}; write exactly one of ${FORMS.join(', ')}.`,
    });
  }
  return undefined;
};

/** The names of one source with their matchers, sorted by name; bad ones are reported and left out. */
export const parseNamedMatchers = (
  context: GrammarContext,
  value: unknown,
  at: { readonly source: NamedSource; readonly field: string },
): readonly NamedMatcher[] => {
  const { source, field } = at;
  const written = readObject(context, value, { code: 'TicketInvalid', field, example: '{"foo": "bar"}' });
  if (written === undefined) return [];
  const entries = Object.entries(written);
  if (entries.length === 0) {
    report(context, 'TicketInvalid', {
      field,
      message: `names no ${sourceLabel(source)}; write for example {"foo": "bar"}, or leave it out.`,
    });
  }
  const named = new Map<string, Matcher>();
  for (const [writtenName, writtenMatcher] of entries) {
    const inside = memberField(field, writtenName);
    const name = readSourceName(context, writtenName, { source, field: inside });
    const matcher = parseMatcher(context, writtenMatcher, inside);
    if (name === undefined || matcher === undefined) continue;
    if (named.has(name)) {
      report(context, 'TicketInvalid', {
        field: inside,
        message: 'names a header twice, since header names have no case; write it once.',
      });
    }
    named.set(name, matcher);
  }
  return [...named].map(([name, matcher]) => ({ name, matcher })).sort((a, b) => (a.name < b.name ? -1 : 1));
};
