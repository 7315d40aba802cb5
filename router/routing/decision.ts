import type { ByteString } from '../../src/core/byte-string.ts';
import type { MatchingBudget } from '../../src/core/ticket/matching-budget.ts';
import type { RouteChecks } from '../policies/route-checks.ts';
import type { Backend } from '../upstream/backend.ts';
import type { EndpointChoice } from '../upstream/endpoint-choice.ts';
import type { Pool } from '../upstream/pool.ts';
import type { RoutedRequest } from './routed-request.ts';

export type { RoutedRequest } from './routed-request.ts';

/** The request goes to an endpoint of this pool. */
export type Forward = {
  readonly kind: 'forward';
  readonly pool: Pool;
  readonly track: string;
  /** `x-sluice-track: edge\r\n` and what else the route adds, ready to be appended. */
  readonly trackLine: string;
  /** Null: the normalized path is forwarded as it is. Empty, which is no path: to find the groups would cost too much. */
  readonly rewritePath: ((path: ByteString, budget: MatchingBudget) => ByteString) | null;
  /** True where the track's own pool was empty and stable stands in (DESIGN 7, counted). */
  readonly fellBack: boolean;
  readonly choice: EndpointChoice;
  /** Null: pods are spoken to in HTTP/1.1 in clear, as on most routes. */
  readonly backend: Backend | null;
  /** What the route asks for before anything goes upstream; null: nothing, as on most routes. */
  readonly checks: RouteChecks | null;
};

/** Why routing answers by itself. */
export type AnswerCode = 'HostKey' | 'NoHost' | 'NoRoute' | 'PathTooCostly' | 'NoEndpoint' | 'Refused';

/** The router answers this request itself. */
export type Answer = {
  readonly kind: 'answer';
  readonly status: 404 | 414 | 503;
  readonly code: AnswerCode;
  /** One sentence for the person who reads the answer. */
  readonly reason: string;
  /** Of the route that has no endpoint: it redirects and refuses all the same. */
  readonly checks?: RouteChecks | null;
};

export type Decision = Forward | Answer;

/**
 * Where requests go. Decisions are objects made when the table was compiled: a request allocates none.
 * `decide` is synchronous and may use the request only during the call.
 */
export interface Routing {
  decide(request: RoutedRequest): Decision;
  /** Id of the certificate of the host set that serves a name, as the plan has it; null: the default certificate. */
  certificateOf(host: string): string | null;
}
