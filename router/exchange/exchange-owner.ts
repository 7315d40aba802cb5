import type { ClientPeer } from '../client/client-peer.ts';
import type { Wire } from '../wire.ts';

/** The client's side of an exchange. */
export interface ExchangeOwner {
  readonly wire: Wire;
  readonly peer: ClientPeer;
  /** An upstream socket is connected: send the request. */
  onUpstreamReady(): void;
  /** The upstream socket takes body bytes again. */
  onUpstreamDrain(): void;
  /** The client's socket does not keep up with the answer. */
  onAnswerBlocked(): void;
  /** The answer is complete, which the request's body need not be. */
  onExchangeEnd(): void;
  /** The answer broke off: the client must see it. */
  onAnswerBroken(isDelimited: boolean): void;
  onTunnelEnd(): void;
}
