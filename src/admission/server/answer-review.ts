import { escaped, formatProblem, type Problem } from '../../core/problem.ts';
import { parseReview, type ReviewRequest } from '../review-request.ts';
import { type ReviewResponse, reviewResponse } from '../review-response.ts';
import { type ReviewContext, type Verdict, WEBHOOKS, type WebhookName } from '../review-verdict.ts';
import { jsonWeight } from './json-weight.ts';
import type { RefusalReason } from './webhook-event.ts';

export type ReviewOutcome =
  | {
      readonly ok: true;
      readonly response: ReviewResponse;
      readonly request: ReviewRequest;
      readonly verdict: Verdict;
    }
  | { readonly ok: false; readonly reason: RefusalReason; readonly detail: string };

/** The API server's log holds 2,048 bytes of an answer that is no review. */
const MAX_DETAIL_LENGTH = 1_000;

const refused = (reason: RefusalReason, detail: string): Refusal => ({
  ok: false,
  reason,
  detail: escaped(detail).slice(0, MAX_DETAIL_LENGTH),
});

const problemText = (problems: readonly Problem[]): string =>
  problems.slice(0, 10).map(formatProblem).join('; ');

/** Strict: half a character, or a byte order mark's worth of doubt, is not JSON (RFC 8259 8.1). */
const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes);

/** V8 repeats a piece of the text; its place is enough, and nothing of an object gets into a log. */
const faultIn = (error: unknown): string => {
  if (!(error instanceof SyntaxError)) return 'the body is not UTF-8';
  const [place] = /position \d+/.exec(error.message) ?? [];
  return place === undefined ? 'the body is not JSON' : `the body is not JSON (${place})`;
};

const parsedJson = (bytes: Uint8Array): { readonly value: unknown } | { readonly fault: string } => {
  try {
    return { value: JSON.parse(textOf(bytes)) };
  } catch (error) {
    return { fault: faultIn(error) };
  }
};

type Refusal = Extract<ReviewOutcome, { ok: false }>;

export type ReadReview = { readonly ok: true; readonly request: ReviewRequest } | Refusal;

/** The body of one webhook call; one that is no review is refused, and so is nothing else. */
export const readReview = (body: Uint8Array, maxJsonNodes: number): ReadReview => {
  if (jsonWeight(body, maxJsonNodes) > maxJsonNodes)
    return refused('BodyTooLarge', `the body holds more than ${maxJsonNodes} objects and lists`);
  const parsed = parsedJson(body);
  if ('fault' in parsed) return refused('BadReview', parsed.fault);
  const review = parseReview(parsed.value);
  return review.ok
    ? { ok: true, request: review.value }
    : refused(
        'BadReview',
        `the body is no review that is answered here: ${problemText(review.problems)} (a webhook configuration asks with admissionReviewVersions: ["v1"])`,
      );
};

export const judgedReview = (
  webhook: WebhookName,
  request: ReviewRequest,
  context: ReviewContext,
): ReviewOutcome => {
  const verdict = WEBHOOKS[webhook](request, context);
  return { ok: true, response: reviewResponse(request, verdict), request, verdict };
};

/**
 * The answer to the body of one webhook call. Whether a write whose review is refused then goes through is the
 * failurePolicy's to say, never a denial of ours.
 */
export const answerReview = (
  webhook: WebhookName,
  body: Uint8Array,
  { context, maxJsonNodes }: { readonly context: ReviewContext; readonly maxJsonNodes: number },
): ReviewOutcome => {
  const read = readReview(body, maxJsonNodes);
  return read.ok ? judgedReview(webhook, read.request, context) : read;
};
