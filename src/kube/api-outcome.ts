import type { Problem } from '../core/problem.ts';

/** Why the API server did not do what was asked. Stable: callers decide by it, never by a message or a number. */
export const API_FAILURES = [
  /** 409 Conflict: the object is not the one we looked at; look again. */
  'conflict',
  /** 409 AlreadyExists: somebody made it first. */
  'alreadyExists',
  /** 404: there is no such object, or no such resource on this server. */
  'notFound',
  /** 410: a resourceVersion or continue token is too old. */
  'gone',
  /** 400, 413, 415, 422 and others of 4xx: what was sent is wrong, and wrong again if sent again. */
  'invalid',
  /** 401: the credentials are not valid, or not any more. */
  'unauthorized',
  /** 403: RBAC, quota or an admission webhook says no; `message` says which. */
  'forbidden',
  /** 429: later, see `retryAfterMs`. */
  'throttled',
  /** 5xx. */
  'unavailable',
  /** No answer: refused, reset, timed out. A write may or may not have happened. */
  'unreachable',
  /** An answer that is no JSON, or no object of the kind that was asked for. A write has happened. */
  'unreadable',
] as const;

export type ApiFailureKind = (typeof API_FAILURES)[number];

export type ApiFailure = {
  readonly kind: ApiFailureKind;
  /** HTTP status, or `code` of a Status in a watch; null where there was no answer. */
  readonly status: number | null;
  /** `reason` of the Status (meta/v1): `NotFound`, `Expired`, …; empty where there is none. */
  readonly reason: string;
  /** One line: what was asked and what came back; safe for a terminal. */
  readonly message: string;
  readonly retryAfterMs: number | null;
  /** Field by field, where the server named fields (`details.causes`) or its answer did not parse. */
  readonly problems: readonly Problem[];
};

/** Expected failure is a value (CONTRIBUTING, habit 3), a conflict included. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: ApiFailure };
