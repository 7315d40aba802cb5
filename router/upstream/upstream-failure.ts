import type { UpstreamLink } from './upstream-link.ts';
import type { UpstreamFailure } from './upstream-user.ts';

/** One sentence and one code for each way to lose an upstream (one table, never an if-chain). */
export const FAILURE = {
  connect: { status: 502, code: 'ConnectFailed', reason: 'No connection to the backend could be made.' },
  'connect-timeout': {
    status: 504,
    code: 'ConnectTimeout',
    reason: 'The backend did not accept a connection in time.',
  },
  reset: {
    status: 502,
    code: 'UpstreamReset',
    reason: 'The backend closed the connection before its answer was complete.',
  },
  'answer-timeout': { status: 504, code: 'UpstreamTimeout', reason: 'The backend did not answer in time.' },
  fault: {
    status: 502,
    code: 'UpstreamFault',
    reason:
      'The backend sent an answer that is no valid HTTP/1.1, or that two readers could end differently.',
  },
} as const satisfies Record<UpstreamFailure, { status: number; code: string; reason: string }>;

/** What counts it; a fault is counted where it is found. */
export const FAILURE_COUNTER = {
  connect: 'upstream_connect_failures',
  'connect-timeout': 'upstream_connect_failures',
  reset: 'upstream_resets',
  'answer-timeout': 'upstream_timeouts',
  fault: null,
} as const;

/**
 * True where a failure speaks against the endpoint. A reused socket that is closed before it answers is the
 * usual race with the peer's idle timeout, and says nothing of the next request.
 */
export const isEndpointsFault = (
  failure: UpstreamFailure,
  { isReused, hasAnswerBytes }: Pick<UpstreamLink, 'isReused' | 'hasAnswerBytes'>,
): boolean => failure !== 'reset' || !isReused || hasAnswerBytes;

/** What decides on a second try. */
export type LostTry = {
  readonly failure: UpstreamFailure;
  readonly isRetried: boolean;
  /** Idempotent, and without a body that is spent. */
  readonly isReplayable: boolean;
  readonly hasAnswerBytes: boolean;
  readonly isReused: boolean;
  /** True where the pool has another endpoint. */
  readonly hasOther: boolean;
};

/** P26 and DESIGN 7, "Failure": any method while nothing was handed over, else only what may be sent twice; once. */
export const mayRetry = (lost: LostTry): boolean => {
  if (lost.isRetried) return false;
  if (lost.failure === 'connect' || lost.failure === 'connect-timeout') return lost.hasOther;
  return (
    lost.failure === 'reset' && lost.isReplayable && !lost.hasAnswerBytes && (lost.isReused || lost.hasOther)
  );
};
