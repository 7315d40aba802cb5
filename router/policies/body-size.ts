import type { OwnAnswer } from '../exchange/own-answer.ts';
import type { RouteCheck } from './route-checks.ts';

export const BODY_TOO_LARGE: OwnAnswer = {
  status: 413,
  code: 'BodyTooLarge',
  reason: 'The body of this request is larger than this route takes.',
  closes: true,
  counter: 'policy_body_size',
};

/** What Content-Length announces; a chunked body is watched while it passes (RequestBody). */
export const bodySizeCheck = (maxBytes: number): RouteCheck => ({
  before: head => (head.contentLength > maxBytes ? BODY_TOO_LARGE : null),
});
