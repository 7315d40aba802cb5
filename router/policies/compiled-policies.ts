import type { PolicyOf, RoutePolicy } from '../../src/core/route-settings.ts';
import { accessCheck } from './access.ts';
import { bodySizeCheck } from './body-size.ts';
import { corsCheck } from './cors.ts';
import { addedLines, responseHeadersCheck } from './header-edits.ts';
import { appRootCheck, redirectCheck } from './redirects.ts';
import { type RouteCheck, RouteChecks } from './route-checks.ts';

export type CompiledPolicies = {
  readonly checks: RouteChecks | null;
  /** What goes upstream with every request. */
  readonly requestLines: string;
};

const NO_POLICIES: CompiledPolicies = { checks: null, requestLines: '' };

/** Null for one that needs no look at the request. */
const compiledCheck = (policy: RoutePolicy): RouteCheck | null => {
  switch (policy.kind) {
    case 'app-root':
      return appRootCheck(policy);
    case 'body-size':
      return bodySizeCheck(policy.maxBytes);
    case 'cors':
      return corsCheck(policy);
    case 'redirect':
      return redirectCheck(policy);
    case 'access':
      return accessCheck(policy);
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
export const compilePolicies = (policies: readonly RoutePolicy[] = []): CompiledPolicies => {
  if (policies.length === 0) return NO_POLICIES;
  const find = <K extends RoutePolicy['kind']>(kind: K) =>
    policies.find((policy): policy is PolicyOf<K> => policy.kind === kind);
  const requestHeaders = find('request-headers');
  return {
    checks: new RouteChecks({
      checks: policies.flatMap(policy => compiledCheck(policy) ?? []),
      maxBodyBytes: find('body-size')?.maxBytes ?? Number.POSITIVE_INFINITY,
      timeouts: find('timeouts') ?? null,
      droppedFields: requestHeaders?.removed ?? [],
    }),
    requestLines: requestHeaders === undefined ? '' : addedLines(requestHeaders),
  };
};
