import type { ByteString } from '../../src/core/byte-string.ts';
import { MatchingBudget } from '../../src/core/ticket/matching-budget.ts';
import { draw32 } from '../random.ts';
import type { RoutedRequest } from '../routing/decision.ts';

/**
 * What a TCP connection tells tickets: where it comes from, and when. The rest of a request is not there; the plan
 * leads no ticket to a TCP port that asks for it.
 */
export class ConnectionFacts implements RoutedRequest {
  readonly method: ByteString = '';
  readonly host = '';
  readonly path: ByteString = '/';
  readonly query: ByteString = '';
  readonly matching = new MatchingBudget();
  nowMs = 0;
  sourceAddress = '';

  /** The facts of a connection that is decided on now; one object serves all of them. */
  of(sourceAddress: string, nowMs: number): this {
    this.matching.reset();
    this.sourceAddress = sourceAddress;
    this.nowMs = nowMs;
    return this;
  }

  headerLine(): undefined {
    return undefined;
  }

  cookie(): undefined {
    return undefined;
  }

  queryParameter(): undefined {
    return undefined;
  }

  draw(): number {
    return draw32();
  }

  mint(): ByteString {
    throw new Error('a ticket of a TCP port asks for a cookie');
  }
}
