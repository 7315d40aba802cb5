import { canonicalJson } from '../../src/core/canonical-json.ts';
import type { BasicAuth, PolicyOf, RoutePolicy } from '../../src/core/route-settings.ts';
import type { WeakMemory } from '../weak-memory.ts';
import { accessCheck } from './access.ts';
import { LoginMemory, PasswordCheck } from './basic-auth.ts';
import { bodySizeCheck } from './body-size.ts';
import { corsCheck } from './cors.ts';
import { addedLines, responseHeadersCheck } from './header-edits.ts';
import { hstsCheck } from './hsts.ts';
import { httpsRedirectCheck } from './https-redirect.ts';
import type { LimitLedger } from './limit-ledger.ts';
import { LimitsCheck } from './limits.ts';
import type { PasswordVerifier } from './password-verifier.ts';
import { appRootCheck, redirectCheck } from './redirects.ts';
import { type RouteCheck, RouteChecks } from './route-checks.ts';

export type CompiledPolicies = {
  readonly checks: RouteChecks | null;
  /** What goes upstream with every request. */
  readonly requestLines: string;
};

const NO_POLICIES: CompiledPolicies = { checks: null, requestLines: '' };

/** What the policies of all routes share. */
export type PolicyWorld = {
  readonly memory: WeakMemory;
  readonly verifier: PasswordVerifier;
  readonly limits: LimitLedger;
};

/** Whose policies they are: `namespace/name` of the Ingress. */
export type PolicyOwner = PolicyWorld & { readonly ingress: string };

const passwordCheck = (
  auth: BasicAuth | undefined,
  { memory, verifier, ingress }: PolicyOwner,
): PasswordCheck | null => {
  if (auth === undefined) return null;
  const logins = memory.of(canonicalJson(['logins', ingress]), () => new LoginMemory());
  return memory.of(canonicalJson(['auth', ingress, auth]), () => new PasswordCheck(auth, logins, verifier));
};

/** Null for one that needs no look at the request. */
const compiledCheck = (policy: RoutePolicy, owner: PolicyOwner): RouteCheck | null => {
  const { memory, ingress } = owner;
  switch (policy.kind) {
    case 'app-root':
      return appRootCheck(policy);
    case 'body-size':
      return bodySizeCheck(policy.maxBytes);
    case 'cors':
      return corsCheck(policy);
    case 'redirect':
      return redirectCheck(policy);
    case 'limits': {
      const name = canonicalJson(['limits', ingress, policy]);
      return memory.of(name, () => new LimitsCheck(name, policy, owner.limits));
    }
    case 'access':
      return accessCheck(policy, passwordCheck(policy.auth, owner));
    case 'response-headers':
      return responseHeadersCheck(policy);
    case 'https-redirect':
      return httpsRedirectCheck(policy);
    case 'hsts':
      return hstsCheck(policy);
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
