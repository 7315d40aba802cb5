import type { Balance } from '../../src/core/balance.ts';
import type { Engine } from '../engine.ts';
import type { Forward } from '../routing/decision.ts';
import { backendLink } from './backend-link.ts';
import type { EndpointWish } from './balancer.ts';
import type { Endpoint } from './endpoint.ts';
import type { HashedRequest } from './hash-key.ts';
import { UpstreamConnection } from './upstream-connection.ts';
import { FAILURE_COUNTER, isEndpointsFault, mayRetry } from './upstream-failure.ts';
import type { UpstreamLink } from './upstream-link.ts';
import type { UpstreamFailure } from './upstream-user.ts';

/** What is asked of a connection that was lost. */
export type LostUpstream = Pick<UpstreamLink, 'isReused' | 'hasAnswerBytes'>;

/** The tries of one request: which endpoint it goes to, whether it may go again, and what its pool learns from it. */
export class UpstreamTries implements EndpointWish {
  balance: Balance['kind'] = 'p2c';
  hashKey = 0;
  failed: Endpoint | null = null;
  /** The Set-Cookie line that binds the client to the endpoint; empty where it is bound already, or not at all. */
  cookieLine = '';
  readonly #engine: Engine;
  #forward: Forward | null = null;
  #endpoint: Endpoint | null = null;
  #isReplayable = false;
  #isRetried = false;
  #token: string | undefined;
  #status = 0;
  #startMs = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** `isReplayable`: it may be sent twice. All that is asked of the request later is read now. */
  begin(forward: Forward, request: HashedRequest, isReplayable: boolean): void {
    const { balance, hashKey, affinity } = forward.choice;
    this.balance = balance;
    this.hashKey = hashKey === null ? 0 : hashKey(request);
    this.failed = null;
    this.cookieLine = '';
    this.#forward = forward;
    this.#endpoint = null;
    this.#isReplayable = isReplayable;
    this.#isRetried = false;
    this.#token = affinity === null ? undefined : request.cookie(affinity.cookie);
    this.#status = 0;
    forward.pool.retries.countRequest(this.#engine.wheel.nowMs);
  }

  /** The endpoint of the first try, or of the next one after a failure that said so. */
  next(): Endpoint | undefined {
    const forward = this.#forward;
    if (forward === null) return undefined;
    const { pool, choice } = forward;
    const { nowMs } = this.#engine.wheel;
    this.failed = this.#endpoint;
    const bound = this.#token === undefined ? undefined : pool.named(this.#token, nowMs);
    const endpoint = bound ?? pool.pick(this, nowMs);
    if (endpoint === undefined) return undefined;
    const { affinity } = choice;
    if (affinity !== null && bound === undefined)
      this.cookieLine = `Set-Cookie: ${affinity.cookie}=${endpoint.token}${affinity.attributes}`;
    this.#endpoint = endpoint;
    if (choice.balance === 'ewma') this.#startMs = performance.now();
    return endpoint;
  }

  /** A connection to that endpoint, idle until now or new; null where there is no endpoint. */
  connect(connectTimeoutMs?: number): UpstreamLink | null {
    const endpoint = this.next();
    if (endpoint === undefined) return null;
    // A retry takes a new socket: other idle ones may have died with the first.
    const isFresh = this.#isRetried;
    const backend = this.#forward?.backend ?? null;
    if (backend !== null) return backendLink(this.#engine, endpoint, { backend, isFresh, connectTimeoutMs });
    const idle = isFresh ? undefined : endpoint.takeIdle();
    return idle ?? new UpstreamConnection(this.#engine, endpoint, { connectTimeoutMs });
  }

  /** Counts a try that was lost before its answer; true where another may follow. `canBeSentAgain`: what was sent of it. */
  lost(failure: UpstreamFailure, upstream: LostUpstream, canBeSentAgain = true): boolean {
    const { counters, wheel } = this.#engine;
    this.#count(failure);
    const pool = this.#forward?.pool;
    const endpoint = this.#endpoint;
    if (pool === undefined || endpoint === null) return false;
    const { hasAnswerBytes, isReused } = upstream;
    if (isEndpointsFault(failure, upstream)) {
      this.#countFailure();
      // A bound client leaves its endpoint only for a fault of that, not for a socket that was closed while idle.
      this.#token = undefined;
    }
    const isAllowed = mayRetry({
      failure,
      isRetried: this.#isRetried,
      isReplayable: this.#isReplayable,
      canBeSentAgain,
      hasAnswerBytes,
      isReused,
      hasOther: pool.hasOther(endpoint),
    });
    if (!isAllowed) return false;
    if (!pool.retries.takeRetry(wheel.nowMs)) {
      counters.add('retry_budget_exhausted');
      return false;
    }
    this.#isRetried = true;
    counters.add('retries');
    return true;
  }

  /** The head of the final answer is there. */
  hasHead(status: number): void {
    this.#status = status;
    if (this.balance !== 'ewma') return;
    const nowMs = performance.now();
    this.#endpoint?.answerTime.observe(nowMs - this.#startMs, nowMs);
  }

  /** The answer is complete; one of 5xx speaks against the endpoint (as Envoy's `consecutive_5xx`). */
  answered(): void {
    if (this.#status >= 500) this.#countFailure();
    else if (this.#endpoint !== null) this.#forward?.pool.succeeded(this.#endpoint);
  }

  /** The answer broke off in its body. */
  brokeOff(failure: UpstreamFailure): void {
    this.#count(failure);
    this.#countFailure();
  }

  #count(failure: UpstreamFailure): void {
    const counter = FAILURE_COUNTER[failure];
    if (counter !== null) this.#engine.counters.add(counter);
  }

  #countFailure(): void {
    if (this.#endpoint === null) return;
    const { counters, wheel } = this.#engine;
    const outcome = this.#forward?.pool.failed(this.#endpoint, wheel.nowMs);
    if (outcome === 'ejected') counters.add('ejections');
    else if (outcome === 'withheld') counters.add('ejections_withheld');
  }
}
