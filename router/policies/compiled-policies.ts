import { canonicalJson } from '../../src/core/canonical-json.ts';
import type { PolicyOf, RoutePolicy } from '../../src/core/route-settings.ts';
import { accessCheck } from './access.ts';
import { PasswordCheck } from './basic-auth.ts';
import { bodySizeCheck } from './body-size.ts';
import { corsCheck } from './cors.ts';
import { addedLines, responseHeadersCheck } from './header-edits.ts';
import { LimitsCheck } from './limits.ts';
import type { PolicyMemory } from './policy-memory.ts';
import { appRootCheck, redirectCheck } from './redirects.ts';
import { type RouteCheck, RouteChecks } from './route-checks.ts';

export type CompiledPolicies = {
  readonly checks: RouteChecks | null;
  /** What goes upstream with every request. */
  readonly requestLines: string;
};

const NO_POLICIES: CompiledPolicies = { checks: null, requestLines: '' };

/** Null for one that needs no look at the request. */
/** Where policies remember, and whose Ingress they are. */
export type PolicyOwner = { readonly memory: PolicyMemory; readonly ingress: string };

const compiledCheck = (policy: RoutePolicy, { memory, ingress }: PolicyOwner): RouteCheck | null => {
  const key = (part: unknown): string => canonicalJson([policy.kind, ingress, part]);
  switch (policy.kind) {
    case 'app-root':
      return appRootCheck(policy);
    case 'body-size':
      return bodySizeCheck(policy.maxBytes);
    case 'cors':
      return corsCheck(policy);
    case 'redirect':
      return redirectCheck(policy);
    case 'limits':
      return memory.of(key(policy), () => new LimitsCheck(policy));
    case 'access': {
      const { auth } = policy;
      return accessCheck(
        policy,
        auth === undefined ? null : memory.of(key(auth), () => new PasswordCheck(auth)),
      );
    }
    case 'response-headers':
      return responseHeadersCheck(policy);
    case 'request-headers':
    case 'timeouts':
      return null;
    default:
      return policy satisfies never;
  }
};

/** Checks are null where a route has no policies. */
export const compilePolicies = (
  policies: readonly RoutePolicy[] = [],
  owner: PolicyOwner,
): CompiledPolicies => {
  if (policies.length === 0) return NO_POLICIES;
  const find = <K extends RoutePolicy['kind']>(kind: K) =>
    policies.find((policy): policy is PolicyOf<K> => policy.kind === kind);
  const requestHeaders = find('request-headers');
  return {
    checks: new RouteChecks({
      checks: policies.flatMap(policy => compiledCheck(policy, owner) ?? []),
      maxBodyBytes: find('body-size')?.maxBytes ?? Number.POSITIVE_INFINITY,
      timeouts: find('timeouts') ?? null,
      // A password is for this router, not for the pods behind it (as in ingress-nginx).
      droppedFields: [
        ...(requestHeaders?.removed ?? []),
        ...(find('access')?.auth === undefined ? [] : ['authorization']),
      ],
    }),
    requestLines: requestHeaders === undefined ? '' : addedLines(requestHeaders),
  };
};
