import type { RoutePolicy } from '../../src/core/route-settings.ts';
import { accessCheck } from './access.ts';
import { appRootCheck, redirectCheck } from './redirects.ts';
import { type RouteCheck, RouteChecks } from './route-checks.ts';

const compiledPolicy = (policy: RoutePolicy): RouteCheck => {
  switch (policy.kind) {
    case 'app-root':
      return appRootCheck(policy);
    case 'redirect':
      return redirectCheck(policy);
    case 'access':
      return accessCheck(policy);
    default:
      return policy satisfies never;
  }
};

/** Null where a route has no policies. */
export const compilePolicies = (policies: readonly RoutePolicy[] | undefined): RouteChecks | null =>
  policies === undefined || policies.length === 0 ? null : new RouteChecks(policies.map(compiledPolicy));
