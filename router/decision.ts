import type { ByteString } from '../src/core/byte-string.ts';
import type { RequestFacts } from '../src/core/ticket/request-facts.ts';
import type { EndpointChoice } from './endpoint-choice.ts';
import type { RouteChecks } from './policies/route-checks.ts';
import type { Pool } from './pool.ts';

/** What the engine knows of a request when it asks where it goes. */
export interface RoutedRequest extends RequestFacts {
  /** Host, or the authority of an absolute-form target (RFC 9112 3.2.2): lower case, without port and one trailing dot; `` on HTTP/1.0 without Host. */
  readonly host: string;
  /** The normalized path (core/request-path.ts); `OPTIONS *` reads as `/`. */
  readonly path: ByteString;
  /** As sent, with its `?`; `` where there is none. */
  readonly query: ByteString;
}

/** The request goes to an endpoint of this pool. */
export type Forward = {
  readonly kind: 'forward';
  readonly pool: Pool;
  readonly track: string;
  /** `x-sluice-track: edge\r\n`, ready to be appended. */
  readonly trackLine: string;
  /** Null: the normalized path is forwarded as it is. */
  readonly rewritePath: ((path: ByteString) => ByteString) | null;
  /** True where the track's own pool was empty and stable stands in (DESIGN 7, counted). */
  readonly fellBack: boolean;
  readonly choice: EndpointChoice;
  /** What the route asks for before anything goes upstream; null: nothing, as on most routes. */
  readonly checks: RouteChecks | null;
};

/** Why routing answers by itself. */
export type AnswerCode = 'HostKey' | 'NoHost' | 'NoRoute' | 'NoEndpoint' | 'Refused';

/** The router answers this request itself. */
export type Answer = {
  readonly kind: 'answer';
  readonly status: 404 | 503;
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
}
