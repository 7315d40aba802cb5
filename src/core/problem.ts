/** Denial codes (DESIGN 5). A code is stable: users, dashboards and tests match on it, never on a message. */
export const PROBLEM_CODES = [
  'HostInvalid',
  'HostTooLong',
  'HostTaken',
  'HostNotAllowed',
  'PortTaken',
  'PortNotAllowed',
  'PathInvalid',
  'PathDuplicate',
  'ServiceConfigInvalid',
  'KeyMismatch',
  'TicketInvalid',
  'MatcherInvalid',
  'RegexInvalid',
  'TrackUnknown',
  'EdgeServiceInvalid',
  'AnnotationInvalid',
  'AnnotationUnsupported',
  'CanaryIngress',
  'ObjectInvalid',
] as const;

export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** One thing that is wrong, where it stands, and what to write instead. */
export type Problem = {
  readonly code: ProblemCode;
  /** Path from the object's root, as kubectl prints it: `spec.rules[0].host`, `metadata.annotations[sluice.dev/tickets][1].header.foo`. */
  readonly field: string;
  /** The offending value as its author wrote it, where there is one. */
  readonly value?: string;
  /** What is wrong and what to write instead; one sentence or two, no newline. */
  readonly message: string;
};

/** Expected failure is a value; a thrown error is a bug (CONTRIBUTING, habit 3). */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

export const failed = (...problems: readonly Problem[]): Result<never> => ({ ok: false, problems });

/** Longest part of a value that a message repeats; the rest of a megabyte of input helps nobody. */
const SHOWN_VALUE_LENGTH = 120;

/**
 * Characters that a terminal interprets, and those that nobody sees or that turn a line around (Unicode Cf, as in
 * CVE-2021-42574). JSON escapes the C0 range in values, fields hold names that authors chose.
 */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Text as it may stand in one line of a terminal. */
export const escaped = (text: string): string =>
  text.replace(CONTROL, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length)}…` : text;

/** A value as it may stand in a one-line message: quoted, control characters escaped, cut at 120 characters. */
export const shownValue = (value: string): string => escaped(JSON.stringify(cut(value, SHOWN_VALUE_LENGTH)));

/** A field as it may stand in a one-line message. */
export const shownField = (field: string): string => escaped(cut(field, 2 * SHOWN_VALUE_LENGTH));

/** ` "…": message`: a problem beside whose code or field it stands already. */
export const problemRemark = ({ value, message }: Pick<Problem, 'value' | 'message'>): string =>
  `${value === undefined ? '' : ` ${shownValue(value)}`}: ${escaped(message)}`;

/** `spec.rules[0].host "…": message`: a problem beside whose code it stands already. */
export const problemDetail = (problem: Omit<Problem, 'code'>): string =>
  `${shownField(problem.field)}${problemRemark(problem)}`;

/** `HostTooLong spec.rules[0].host "…": message`: the one form in which people meet a problem. */
export const formatProblem = (problem: Problem): string => `${problem.code} ${problemDetail(problem)}`;

/** The path of a member; a name that is no plain word is quoted, so that no name can forge a line or another path. */
export const memberField = (parent: string, name: string): string =>
  /^[\w-]{1,120}$/.test(name) ? `${parent}.${name}` : `${parent}[${shownValue(name)}]`;
