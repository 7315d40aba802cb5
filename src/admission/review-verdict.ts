import type { Problem } from '../core/problem.ts';
import type { JsonPatch } from './json-patch.ts';
import { mutate } from './mutate.ts';
import type { ReviewedKind, ReviewRequest } from './review-request.ts';
import { type ValidationContext, validate } from './validate.ts';
import { validateService } from './validate-service.ts';

/** What a webhook says of one review. */
export type Verdict = {
  /** Empty from the validating webhook, and where nothing has to change. */
  readonly patch: JsonPatch;
  /** Empty: admitted. The mutating webhook denies nothing: the validating one sees the final object. */
  readonly denials: readonly Problem[];
  /** Lines that kubectl prints. */
  readonly warnings: readonly string[];
};

export type ReviewContext = ValidationContext & {
  /** Our own and those of the cluster: what is written there is nobody's business of ours (DESIGN 5). */
  readonly excludedNamespaces: readonly string[];
};

const UNTOUCHED: Verdict = { patch: [], denials: [], warnings: [] };

/**
 * True for writes of an Ingress or a Service in a namespace that we look at. The webhook configuration asks for nothing
 * else; but it is the user's to edit, and a handler that trusts it would patch what it must not.
 */
const isInScope = (
  { operation, subResource, namespace }: ReviewRequest,
  { excludedNamespaces }: ReviewContext,
): boolean =>
  (operation === 'CREATE' || operation === 'UPDATE') &&
  subResource === '' &&
  !excludedNamespaces.includes(namespace);

/** What is said of the final object. */
const VALIDATIONS = { Ingress: validate, Service: validateService } as const satisfies Record<
  ReviewedKind,
  typeof validate
>;

/** The webhooks by the last word of their path. Both are functions of the review and the view alone, so a dry run needs no care. */
export const WEBHOOKS = {
  mutate: (request: ReviewRequest, context: ReviewContext): Verdict => {
    // Nothing in a Service is rewritten.
    if (request.kind !== 'Ingress' || !isInScope(request, context)) return UNTOUCHED;
    const { options, view } = context;
    return { ...mutate(request, { options, ingressClasses: view.ingressClasses }), denials: [] };
  },
  validate: (request: ReviewRequest, context: ReviewContext): Verdict =>
    isInScope(request, context) ? { ...VALIDATIONS[request.kind](request, context), patch: [] } : UNTOUCHED,
} as const;

export type WebhookName = keyof typeof WEBHOOKS;
