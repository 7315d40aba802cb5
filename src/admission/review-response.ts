import {
  escaped,
  formatProblem,
  type Problem,
  type ProblemCode,
  problemRemark,
  shownField,
} from '../core/problem.ts';
import type { JsonPatch } from './json-patch.ts';
import { REVIEW_API_VERSION, type ReviewedKind, type ReviewRequest } from './review-request.ts';
import type { Verdict } from './review-verdict.ts';

/** Most problems that one denial lists: nobody mends more before they try again. */
export const MAX_LISTED_PROBLEMS = 40;

/** Most bytes of a denial's message, and of its causes: they go to a terminal, an event, a sync status. */
export const MAX_DENIAL_BYTES = 16_384;

/** Longest line for one problem; an allowed-hosts list of a Namespace has no end of its own. */
const MAX_PROBLEM_LENGTH = 1_000;

/** The API server cuts single warnings here once all of them together are long (admission/v1 `warnings`). */
export const MAX_WARNING_LENGTH = 256;

/** All warnings of one webhook: the API server drops what goes over 4,096, and two webhooks of ours share that. */
export const MAX_WARNINGS_LENGTH = 2_000;

/** Breaches of somebody's policy: the object is well-formed, its author may not have it. */
const FORBIDDEN: ReadonlySet<ProblemCode> = new Set([
  'HostTaken',
  'HostNotAllowed',
  'PortTaken',
  'PortNotAllowed',
]);

/** Group of each kind that is reviewed; empty: core. */
const GROUPS = { Ingress: 'networking.k8s.io', Service: '' } as const satisfies Record<ReviewedKind, string>;

/** meta/v1 Status, as the API server passes it on to the client. */
export type DenialStatus = {
  readonly status: 'Failure';
  readonly code: 403 | 422;
  readonly reason: 'Forbidden' | 'Invalid';
  readonly message: string;
  readonly details: {
    readonly group: (typeof GROUPS)[ReviewedKind];
    readonly kind: ReviewedKind;
    readonly name: string;
    readonly causes: readonly { readonly reason: string; readonly field: string; readonly message: string }[];
  };
};

/** admission.k8s.io/v1 AdmissionReview with an AdmissionResponse. */
export type ReviewResponse = {
  readonly apiVersion: typeof REVIEW_API_VERSION;
  readonly kind: 'AdmissionReview';
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly status?: DenialStatus;
    readonly warnings?: readonly string[];
    readonly patchType?: 'JSONPatch';
    /** JSON Patch, then base64: the type is []byte there. */
    readonly patch?: string;
  };
};

const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;

/** As many as fit, in order; the rest is counted. */
const listed = <T>(
  items: readonly T[],
  { lengthOf, room }: { readonly lengthOf: (item: T) => number; readonly room: number },
): { readonly shown: readonly T[]; readonly left: number } => {
  let length = 0;
  const at = items.findIndex((item, index) => {
    length += lengthOf(item) + 1;
    return index >= MAX_LISTED_PROBLEMS || length > room;
  });
  return at === -1 ? { shown: items, left: 0 } : { shown: items.slice(0, at), left: items.length - at };
};

const SEE_ALL = 'mend these first, or read all of them with `sluice admit -f FILE`';

const lineOf = (problem: Problem): string => cut(formatProblem(problem), MAX_PROBLEM_LENGTH);

const messageOf = (problems: readonly Problem[], left: number): string => {
  const lines = problems.map(lineOf);
  const [first] = lines;
  if (first !== undefined && lines.length === 1 && left === 0) return first;
  const rest = left === 0 ? [] : [`… and ${left} more: ${SEE_ALL}.`];
  return [`${lines.length + left} problems:`, ...lines.map(line => `- ${line}`), ...rest].join('\n');
};

/**
 * For `Invalid`, kubectl prints the causes in place of the message (`kubectl edit` writes them into the file), and
 * nothing but the field in front of each: the code has to be in the text.
 */
const causesOf = (problems: readonly Problem[], left: number): DenialStatus['details']['causes'] => [
  ...problems.map(problem => ({
    reason: problem.code,
    field: shownField(problem.field),
    message: cut(`${problem.code}${problemRemark(problem)}`, MAX_PROBLEM_LENGTH),
  })),
  ...(left === 0 ? [] : [{ reason: 'More', field: `… and ${left} more`, message: SEE_ALL }]),
];

const denialOf = (
  problems: readonly Problem[],
  { kind, name }: Pick<ReviewRequest, 'kind' | 'name'>,
): DenialStatus => {
  const { shown, left } = listed(problems, {
    lengthOf: problem => Buffer.byteLength(lineOf(problem), 'utf8') + '- '.length,
    room: MAX_DENIAL_BYTES - 200,
  });
  const isForbidden = problems.every(({ code }) => FORBIDDEN.has(code));
  return {
    status: 'Failure',
    code: isForbidden ? 403 : 422,
    reason: isForbidden ? 'Forbidden' : 'Invalid',
    message: messageOf(shown, left),
    details: {
      group: GROUPS[kind],
      kind,
      name: cut(name, 253),
      causes: causesOf(shown, left),
    },
  };
};

/** One warning is one line of kubectl; a control character in it would make the API server drop it. */
const warningsOf = (warnings: readonly string[]): readonly string[] => {
  const lines = [...new Set(warnings.map(warning => cut(escaped(warning), MAX_WARNING_LENGTH)))];
  const { shown, left } = listed(lines, { lengthOf: line => line.length, room: MAX_WARNINGS_LENGTH - 80 });
  return left === 0
    ? shown
    : [...shown, `… and ${left} more warnings: \`sluice admit -f FILE\` prints all of them.`];
};

const base64 = (patch: JsonPatch): string => Buffer.from(JSON.stringify(patch), 'utf8').toString('base64');

/** The answer to one review, in the form that the API server checks: its uid, and a patch only with its type. */
export const reviewResponse = (
  { uid, kind, name }: Pick<ReviewRequest, 'uid' | 'kind' | 'name'>,
  { patch, denials, warnings }: Verdict,
): ReviewResponse => ({
  apiVersion: REVIEW_API_VERSION,
  kind: 'AdmissionReview',
  response: {
    uid,
    allowed: denials.length === 0,
    ...(denials.length === 0 ? {} : { status: denialOf(denials, { kind, name }) }),
    ...(warnings.length === 0 ? {} : { warnings: warningsOf(warnings) }),
    ...(patch.length === 0 ? {} : { patchType: 'JSONPatch', patch: base64(patch) }),
  },
});
