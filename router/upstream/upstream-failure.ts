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
  certificate: {
    status: 502,
    code: 'BackendCertificate',
    reason: 'The certificate of the backend is not one that this route trusts.',
  },
  refused: { status: 503, code: 'UpstreamRefused', reason: 'The backend did not take the request.' },
  reset: {
    status: 502,
    code: 'UpstreamReset',
    reason: 'The backend closed the connection before its answer was complete.',
  },
  'answer-timeout': { status: 504, code: 'UpstreamTimeout', reason: 'The backend did not answer in time.' },
  fault: {
    status: 502,
    code: 'UpstreamFault',
    reason: 'The backend sent an answer that is no valid HTTP, or that two readers could end differently.',
  },
} as const satisfies Record<UpstreamFailure, { status: number; code: string; reason: string }>;

/** What counts it; a fault is counted where it is found. */
export const FAILURE_COUNTER = {
  connect: 'upstream_connect_failures',
  'connect-timeout': 'upstream_connect_failures',
  certificate: 'upstream_certificates',
  refused: 'upstream_refusals',
  reset: 'upstream_resets',
  'answer-timeout': 'upstream_timeouts',
  fault: null,
} as const;

/**
 * True where a failure speaks against the endpoint. A reused socket that is closed before it answers, or takes no more
 * streams, is the usual race with the peer's idle timeout or its stop, and says nothing of the next request.
 */
export const isEndpointsFault = (
  failure: UpstreamFailure,
  { isReused, hasAnswerBytes }: Pick<UpstreamLink, 'isReused' | 'hasAnswerBytes'>,
): boolean => (failure !== 'reset' && failure !== 'refused') || !isReused || hasAnswerBytes;

/** What decides on a second try. */
export type LostTry = {
  readonly failure: UpstreamFailure;
  readonly isRetried: boolean;
  /** Idempotent, and without a body that is spent. */
  readonly isReplayable: boolean;
  /** All that was sent of it is still there. */
  readonly canBeSentAgain: boolean;
  readonly hasAnswerBytes: boolean;
  readonly isReused: boolean;
  /** True where the pool has another endpoint. */
  readonly hasOther: boolean;
};

/** P26 and DESIGN 7, "Failure": any method while nothing was handed over, else only what may be sent twice; once. */
export const mayRetry = (lost: LostTry): boolean => {
  if (lost.isRetried || !lost.canBeSentAgain) return false;
  switch (lost.failure) {
    case 'connect':
    case 'connect-timeout':
    case 'certificate':
      return lost.hasOther;
    // Another connection to the same endpoint may be taken: a pod that stops refuses on the old one.
    case 'refused':
      return !lost.hasAnswerBytes;
    default:
  }
  return (
    lost.failure === 'reset' && lost.isReplayable && !lost.hasAnswerBytes && (lost.isReused || lost.hasOther)
  );
};
