import { type ByteString, utf8Bytes } from '../../src/core/byte-string.ts';
import { normalizePath } from '../../src/core/request-path.ts';
import type { PathMatch, RouteAction, RoutePlanEntry } from '../../src/core/route-plan.ts';
import { STABLE_TRACK } from '../../src/core/service-map.ts';
import type { CompiledTicket } from '../../src/core/ticket/compiled-ticket.ts';
import type { MatchingBudget } from '../../src/core/ticket/matching-budget.ts';
import { MAX_SUBJECT_BYTES, type PathRegex } from '../../src/core/ticket/regex.ts';
import type { RequestFacts } from '../../src/core/ticket/request-facts.ts';
import { flatText } from '../http1/flat-text.ts';
import { compilePolicies, type PolicyWorld } from '../policies/compiled-policies.ts';
import type { RouteChecks } from '../policies/route-checks.ts';
import { compileChoice, DEFAULT_CHOICE } from '../upstream/endpoint-choice.ts';
import type { Pool } from '../upstream/pool.ts';
import type { Answer, Decision, Forward } from './decision.ts';
import type { SharedCompilations } from './shared-compilations.ts';

/** A ticket on one route, with every decision that it can lead to made beforehand. */
export type TicketBranch = {
  readonly ticket: CompiledTicket;
  readonly forward: Forward;
  /** Where its pool is empty: stable, or 503 by `onEmptyEdge`. */
  readonly whenEmpty: Forward | Answer;
};

/** What is said alike of all routes that share a compilation: neither who wrote them nor on which host they stand. */
export type SharedPlan = Omit<Extract<RouteAction, { kind: 'forward' }>, 'source' | 'ownHost'>;

/** One route's action, compiled: a request walks the branches and takes a decision that is there already. */
export type CompiledAction =
  | {
      readonly kind: 'forward';
      readonly plan: SharedPlan;
      readonly branches: readonly TicketBranch[];
      readonly stable: Forward;
      readonly noEndpoint: Answer;
    }
  | { readonly kind: 'refuse'; readonly answer: Answer };

export type CompiledRoute = {
  readonly match: PathMatch;
  /** Set for a regex match only. */
  readonly regex: PathRegex | null;
  readonly action: CompiledAction;
};

const SLASH = 0x2f;

/** True if a normalized path is matched (DESIGN 7, "Order of decision"); false as well where `isUndecided`. */
export const routeMatches = (
  { match, regex }: CompiledRoute,
  path: ByteString,
  budget: MatchingBudget,
): boolean => {
  switch (match.kind) {
    case 'exact':
      return path === match.path;
    case 'prefix': {
      const { length } = match.path;
      // `/` alone ends in its own slash: every path has it.
      return (
        length === 1 ||
        (path.startsWith(match.path) && (path.length === length || path.charCodeAt(length) === SLASH))
      );
    }
    default:
      return regex?.test(path, budget) ?? false;
  }
};

/** True if nobody can say whether a route matches: whatever comes after it must not have the request in its place. */
export const isUndecided = ({ regex }: CompiledRoute, path: ByteString, budget: MatchingBudget): boolean =>
  regex !== null && (budget.isExhausted || path.length > MAX_SUBJECT_BYTES);

/** Where a branch leads, or stable where no ticket matched; shared with `explain`. */
export const branchDecision = (
  action: Extract<CompiledAction, { kind: 'forward' }>,
  branch: TicketBranch | null,
): Decision => {
  const { stable } = action;
  if (branch !== null) {
    if (branch.forward.pool.state !== 'empty') return branch.forward;
    if (branch.whenEmpty.kind === 'answer') return branch.whenEmpty;
    return stable.pool.state === 'empty' ? action.noEndpoint : branch.whenEmpty;
  }
  return stable.pool.state === 'empty' ? action.noEndpoint : stable;
};

/** The decision for a request on this route. */
export const decideAction = (action: CompiledAction, request: RequestFacts): Decision => {
  if (action.kind === 'refuse') return action.answer;
  const { branches } = action;
  for (let i = 0; i < branches.length; i += 1) {
    const branch = branches[i];
    if (branch?.ticket.matches(request)) return branchDecision(action, branch);
  }
  return branchDecision(action, null);
};

const GROUP = /\$(\d)/g;

/**
 * ingress-nginx' rewrite-target. The result is normalized like any path: groups of a regex can put dots and
 * slashes together that were apart. Where no valid path comes out, the request goes on with its own.
 */
const rewriteOf = (target: string | null, regex: PathRegex | null): Forward['rewritePath'] => {
  if (target === null) return null;
  const template = utf8Bytes(target);
  return (path, budget) => {
    const groups = regex === null ? [] : regex.groups(path, budget);
    if (groups === undefined) return '';
    const rewritten = template.replace(GROUP, (_, digit: string) => groups[Number(digit)] ?? '');
    return normalizePath(rewritten) ?? path;
  };
};

type RouteWorld = {
  readonly poolOf: (id: string) => Pool;
  readonly policies: PolicyWorld;
  readonly shared: SharedCompilations;
};

const answer503 = (code: Answer['code'], reason: string, checks: RouteChecks | null): Answer => ({
  kind: 'answer',
  status: 503,
  code,
  reason,
  checks,
});

const compileForward = (
  plan: Extract<RouteAction, { kind: 'forward' }>,
  { regex, poolOf, policies, shared }: RouteWorld & { readonly regex: PathRegex | null },
): CompiledAction => {
  const rewritePath = rewriteOf(plan.rewriteTarget, regex);
  const choice = compileChoice(plan.balance, plan.affinity);
  const { checks, requestLines } = compilePolicies(plan.policies, {
    ...policies,
    ingress: `${plan.source.namespace}/${plan.source.ingress}`,
  });
  const backend = plan.backend === undefined ? null : shared.backend(plan.backend);
  if (backend?.isUsable === false) {
    const reason = `The certificates for the pods of Service ${plan.service} are not taken by OpenSSL.`;
    return { kind: 'refuse', answer: answer503('Refused', reason, null) };
  }
  // Trailers arrive whatever the client speaks, and servers of gRPC ask for this word (its HTTP/2 protocol, "Requests").
  const lines = backend?.isHttp2 === true ? `${requestLines}TE: trailers\r\n` : requestLines;
  const isPlain =
    rewritePath === null && choice === DEFAULT_CHOICE && checks === null && lines === '' && backend === null;
  const forwardTo = (track: string, pool: Pool, fellBack: boolean): Forward => {
    // What is told upstream is the track whose pods answer, so that the next hop follows the same lane.
    const plain = shared.plainForward({ pool, track, fellBack });
    if (isPlain) return plain;
    return {
      ...plain,
      trackLine: flatText(`${plain.trackLine}${lines}`),
      rewritePath,
      choice,
      backend,
      checks,
    };
  };
  const noEndpoint = (reason: string): Answer =>
    checks === null ? shared.noEndpoint(reason) : answer503('NoEndpoint', reason, checks);
  const stablePool = poolOf(plan.pools[STABLE_TRACK] ?? '');
  const stable = forwardTo(STABLE_TRACK, stablePool, false);
  const fallback = forwardTo(STABLE_TRACK, stablePool, true);
  const branches = plan.tickets.flatMap((ticket): readonly TicketBranch[] => {
    // `constructor` is a track name like any other, and every JavaScript object has it.
    const pool = Object.hasOwn(plan.pools, ticket.to) ? plan.pools[ticket.to] : undefined;
    // A ticket whose track the Service lacks does not match; the next one is tried (DESIGN 3).
    if (pool === undefined || (ticket.services !== null && !ticket.services.includes(plan.service)))
      return [];
    return [
      {
        ticket: shared.ticket(ticket, plan.ownHost),
        forward: ticket.to === STABLE_TRACK ? stable : forwardTo(ticket.to, poolOf(pool), false),
        whenEmpty:
          plan.onEmptyEdge === 'stable'
            ? fallback
            : noEndpoint(`No pod of track ${ticket.to} of Service ${plan.service} is ready.`),
      },
    ];
  });
  return {
    kind: 'forward',
    plan,
    branches: plan.paused ? [] : branches,
    stable,
    noEndpoint: noEndpoint(`No pod of Service ${plan.service} is ready.`),
  };
};

/** Compiles one route of a plan. */
export const compileRoute = ({ match, action }: RoutePlanEntry, world: RouteWorld): CompiledRoute => {
  const regex = match.kind === 'regex' ? world.shared.pathRegex(match.pattern) : null;
  if (action.kind === 'refuse') {
    const answer = answer503('Refused', action.reason, null);
    return { match, regex, action: { kind: 'refuse', answer } };
  }
  return { match, regex, action: compileForward(action, { ...world, regex }) };
};
