import type { ProblemCode } from '../../core/problem.ts';
import type { Operation } from '../review-request.ts';
import type { WebhookName } from '../review-verdict.ts';

/** Why a request got no review. Stable: metrics are labelled with it. */
export type RefusalReason =
  | 'BadReview'
  | 'BodyCutOff'
  | 'BodyTooLarge'
  | 'Bug'
  | 'MediaTypeUnsupported'
  | 'MethodNotAllowed'
  | 'NotFound'
  | 'Overloaded'
  | 'TooLate';

/** What happened at the webhook's port, for logs and counters. No value of an object is in it, so no secret either. */
export type WebhookEvent =
  | {
      readonly kind: 'reviewed';
      readonly webhook: WebhookName;
      readonly outcome: 'admitted' | 'patched' | 'denied';
      readonly uid: string;
      readonly operation: Operation;
      readonly namespace: string;
      readonly name: string;
      readonly username: string;
      readonly dryRun: boolean;
      /** Of the denials, each once. */
      readonly codes: readonly ProblemCode[];
      readonly warningCount: number;
      /** From the head of the request to the answer. */
      readonly durationMs: number;
    }
  | {
      readonly kind: 'refused';
      readonly reason: RefusalReason;
      /** Null: nobody is there to read an answer. */
      readonly status: number | null;
      /** One line for whoever reads the log; empty where the reason says all. */
      readonly detail: string;
    }
  /** A bug of ours: the review was answered with 500, so the API server went by its failurePolicy. */
  | { readonly kind: 'bug'; readonly error: unknown }
  /** A handshake that came to nothing; `code` is OpenSSL's or Node's. */
  | { readonly kind: 'handshakeFailed'; readonly code: string };
