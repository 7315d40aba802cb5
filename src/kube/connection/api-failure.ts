import { isRecord } from '../../core/canonical-json.ts';
import { escaped, type Problem } from '../../core/problem.ts';
import type { ApiFailure, ApiFailureKind } from '../api-outcome.ts';

/** What a status says where `reason` says nothing more. */
const KIND_BY_STATUS: Readonly<Record<number, ApiFailureKind>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'notFound',
  409: 'conflict',
  410: 'gone',
  429: 'throttled',
};

const KIND_BY_REASON: ReadonlyMap<string, ApiFailureKind> = new Map<string, ApiFailureKind>([
  ['AlreadyExists', 'alreadyExists'],
  ['Expired', 'gone'],
  ['Gone', 'gone'],
  ['TooManyRequests', 'throttled'],
]);

const kindOf = (status: number, reason: string): ApiFailureKind =>
  KIND_BY_REASON.get(reason) ??
  KIND_BY_STATUS[status] ??
  (status >= 400 && status < 500 ? 'invalid' : 'unavailable');

/** Messages of admission webhooks may name ten problems; more than this nobody reads in one line. */
const SHOWN_MESSAGE_LENGTH = 4_096;

const MAX_CAUSES = 100;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const problemsOf = (details: unknown): readonly Problem[] => {
  const causes = isRecord(details) && Array.isArray(details.causes) ? details.causes : [];
  return causes.slice(0, MAX_CAUSES).flatMap((cause): readonly Problem[] =>
    isRecord(cause)
      ? [
          {
            code: 'ObjectInvalid',
            field: textOf(cause.field) || '(root)',
            message: textOf(cause.message) || textOf(cause.reason),
          },
        ]
      : [],
  );
};

const retryAfterOf = (details: unknown): number | null =>
  isRecord(details) && typeof details.retryAfterSeconds === 'number' && details.retryAfterSeconds > 0
    ? details.retryAfterSeconds * 1000
    : null;

/** What failed, by whom it was told. */
export type FailedAnswer = {
  /** `GET /api/v1/pods`, or `watch of Ingress`. */
  readonly asked: string;
  /** HTTP status; in a watch the one that the Status names. */
  readonly status: number;
  readonly retryAfterMs: number | null;
  /** The Status (meta/v1) that came with it, or whatever came instead. */
  readonly answer: unknown;
};

/** An answer that is not 2xx, or an ERROR in a watch, as a failure. */
export const failureOf = ({ asked, status, retryAfterMs, answer }: FailedAnswer): ApiFailure => {
  const { reason, message, details } = isRecord(answer) ? answer : {};
  const told = textOf(message) || textOf(answer) || 'without a word';
  return {
    kind: kindOf(status, textOf(reason)),
    status,
    reason: textOf(reason),
    message: escaped(`${asked}: ${status} ${told.trim()}`.slice(0, SHOWN_MESSAGE_LENGTH)),
    retryAfterMs: retryAfterMs ?? retryAfterOf(details),
    problems: problemsOf(details),
  };
};

/** No answer at all. */
export const unreachable = (asked: string, error: unknown): ApiFailure => ({
  kind: 'unreachable',
  status: null,
  reason: '',
  message: escaped(`${asked}: ${error instanceof Error ? error.message : String(error)}`),
  retryAfterMs: null,
  problems: [],
});

/** An answer that we cannot read. */
export const unreadable = (asked: string, why: string, problems: readonly Problem[] = []): ApiFailure => ({
  kind: 'unreadable',
  status: null,
  reason: '',
  message: escaped(`${asked}: ${why}`),
  retryAfterMs: null,
  problems,
});
