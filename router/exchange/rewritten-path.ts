import type { Counters } from '../counters.ts';
import { isForwardablePath } from '../http1/forwarded-head.ts';
import type { RequestHead } from '../http1/request-head.ts';
import type { Forward } from '../routing/decision.ts';
import type { OwnAnswer } from './own-answer.ts';
import { OWN_ANSWER } from './request-notes.ts';

type RewritePath = NonNullable<Forward['rewritePath']>;

/** The path that a request is sent on with, or the answer that it gets because there is none. */
export const rewritten = (
  { path, matching }: RequestHead,
  rewritePath: RewritePath,
  counters: Counters,
): string | OwnAnswer => {
  const { isExhausted } = matching;
  const rewrittenPath = rewritePath(path, matching);
  if (matching.isExhausted !== isExhausted) counters.add('regex_budget_exhausted');
  if (isForwardablePath(rewrittenPath)) return rewrittenPath;
  return rewrittenPath === '' ? OWN_ANSWER.rewriteTooCostly : OWN_ANSWER.badRewrite;
};
