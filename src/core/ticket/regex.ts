import { RE2JS } from 're2js';
import type { ByteString } from '../byte-string.ts';
import { CountedRegex } from './counted-regex.ts';
import type { MatchingBudget } from './matching-budget.ts';

/** DESIGN 3. */
export const MAX_PATTERN_CHARACTERS = 512;
/** DESIGN 3. */
export const MAX_INSTRUCTIONS = 1000;
/** A longer value never matches: matching costs up to value × instructions, and the value is the client's (DESIGN 3). */
export const MAX_SUBJECT_BYTES = 4096;

/** A compiled RE2 regex over byte strings, which it reads as UTF-8. */
export type Regex = {
  readonly pattern: string;
  /** Spends steps of the request's budget; false as well where they do not suffice. */
  test(subject: ByteString, budget: MatchingBudget): boolean;
};

/** A regex of `use-regex`: anchored at the start, case-insensitive (DESIGN 7). */
export type PathRegex = Regex & {
  /**
   * The match and its groups, `$0`, `$1`…, or undefined where the path does not match, or finding them would cost more than
   * the budget has; a group that took no part is undefined.
   */
  groups(path: ByteString, budget: MatchingBudget): readonly (ByteString | undefined)[] | undefined;
};

/** `tooLarge` tells a regex that was expensive to refuse from one that was not. */
export type RegexResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly tooLarge: boolean };

const refused = (message: string, tooLarge = false): RegexResult<never> => ({ ok: false, message, tooLarge });

const NOT_ASCII = /[^\x00-\x7f]/;

/** re2js takes text or UTF-8 bytes; ASCII is the same in both and needs no copy. */
const subjectOf = (bytes: ByteString): string | Uint8Array =>
  NOT_ASCII.test(bytes) ? Buffer.from(bytes, 'latin1') : bytes;

const syntaxMessage = (error: unknown): string => {
  const detail =
    error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error);
  const oneLine = detail.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, '?').slice(0, 200);
  const hint = /^invalid (?:or unsupported Perl syntax|escape sequence|named capture: `\(\?<[=!])/.test(
    oneLine,
  )
    ? '; RE2 has no look-ahead, look-behind, back-references, atomic groups or possessive quantifiers: write it without'
    : ': correct it, and write \\ in front of a character that is meant as it stands';
  return `is no RE2 regular expression, ${oneLine}${hint}`;
};

const compile = (pattern: string, flags: number): RegexResult<RE2JS> => {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern, flags);
  } catch (error) {
    return refused(syntaxMessage(error));
  }
  const instructions = compiled.programSize();
  if (instructions <= MAX_INSTRUCTIONS) return { ok: true, value: compiled };
  return refused(
    `compiles to ${instructions} instructions, at most ${MAX_INSTRUCTIONS} are allowed: make its repetitions {n,m} smaller`,
    true,
  );
};

const checkedPattern = (pattern: string): RegexResult<string> => {
  // Characters are code points; the first test keeps a megabyte from being spread.
  const tooLong =
    pattern.length > 2 * MAX_PATTERN_CHARACTERS || Array.from(pattern).length > MAX_PATTERN_CHARACTERS;
  if (tooLong) {
    return refused(
      `is longer than ${MAX_PATTERN_CHARACTERS} characters: shorten it, or list plain values with {"in": […]}`,
    );
  }
  return { ok: true, value: pattern };
};

const testOf =
  (counted: CountedRegex): Regex['test'] =>
  (subject, budget) =>
    subject.length <= MAX_SUBJECT_BYTES && counted.test(subjectOf(subject), budget);

/** Compiles a ticket's regex: RE2, unanchored, within the limits of DESIGN 3. Never throws. */
export const parseRegex = (pattern: string): RegexResult<Regex> => {
  const checked = checkedPattern(pattern);
  if (!checked.ok) return checked;
  const compiled = compile(pattern, 0);
  return compiled.ok
    ? { ok: true, value: { pattern, test: testOf(new CountedRegex(compiled.value)) } }
    : compiled;
};

/** Compiles a path of an Ingress under `use-regex`, with the limits of a ticket's regex (DESIGN 7). Never throws. */
export const parsePathRegex = (pattern: string): RegexResult<PathRegex> => {
  const checked = checkedPattern(pattern);
  if (!checked.ok) return checked;
  // By itself first: `a)|(?:b` is balanced only inside of the anchoring group.
  const alone = compile(pattern, 0);
  if (!alone.ok) return alone;
  const compiled = compile(`\\A(?:${pattern})`, RE2JS.CASE_INSENSITIVE);
  if (!compiled.ok) {
    return compiled.tooLarge ? compiled : refused('has a \\Q without \\E: close it');
  }
  const regex = compiled.value;
  const counted = new CountedRegex(regex);
  const groupCount = regex.groupCount();
  const groups: PathRegex['groups'] = (path, budget) => {
    const subject = subjectOf(path);
    if (path.length > MAX_SUBJECT_BYTES || !counted.spendOnGroups(subject, budget)) return undefined;
    const matcher = regex.matcher(subject);
    if (!matcher.find()) return undefined;
    return Array.from({ length: groupCount + 1 }, (_, group) =>
      // Offsets count bytes in both forms of the subject, so the group is cut from the path as it was sent.
      matcher.start(group) === -1 ? undefined : path.slice(matcher.start(group), matcher.end(group)),
    );
  };
  return { ok: true, value: { pattern, test: testOf(counted), groups } };
};
