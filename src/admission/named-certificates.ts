import { isRecord } from '../core/canonical-json.ts';
import { scopeOf } from '../core/ingress-scope.ts';
import { parseIngress } from '../core/objects/parse-ingress.ts';
import type { ReviewRequest } from './review-request.ts';
import type { ReviewContext } from './review-verdict.ts';

type SecretName = { readonly namespace: string; readonly name: string };

/** Each costs a call; of an Ingress with more the rest is admitted unseen. */
const MAX_NAMED = 16;

const hasTls = (object: unknown): boolean =>
  isRecord(object) && isRecord(object.spec) && Array.isArray(object.spec.tls) && object.spec.tls.length > 0;

/** The Secrets that the `spec.tls` of a reviewed Ingress names, if it is ours: a review is judged better when they are known. */
export const namedCertificates = (
  { object, namespace }: ReviewRequest,
  { options, view, excludedNamespaces }: Omit<ReviewContext, 'nowMs'>,
): readonly SecretName[] => {
  // Most Ingresses have none, and need not be parsed twice.
  if (!hasTls(object) || excludedNamespaces.includes(namespace)) return [];
  const parsed = parseIngress(object, 0, namespace);
  if (!parsed.ok || scopeOf(options, view.ingressClasses).entryOf(parsed.value) === null) return [];
  const names = new Set(parsed.value.tls.flatMap(({ secretName }) => secretName || []));
  return [...names].slice(0, MAX_NAMED).map(name => ({ namespace: parsed.value.metadata.namespace, name }));
};
