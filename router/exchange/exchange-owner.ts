import type { ClientPeer } from '../client/client-peer.ts';
import type { AnswerSink } from './answer-sink.ts';

/** The client's side of an exchange. */
export interface ExchangeOwner {
  /** True where the client's protocol tells itself where bodies end: then they come and go without HTTP/1.1's framing. */
  readonly isFramed: boolean;
  readonly wire: AnswerSink;
  readonly peer: ClientPeer;
  /** An upstream socket is connected: send the request. */
  onUpstreamReady(): void;
  /** The upstream socket takes body bytes again. */
  onUpstreamDrain(): void;
  /** The client's socket does not keep up with the answer. */
  onAnswerBlocked(): void;
  /** Trailer lines of the answer, after its body; elsewhere they are part of a chunked body. */
  onTrailers?(lines: string): void;
  /** The answer is complete, which the request's body need not be. */
  onExchangeEnd(): void;
  /** The answer broke off: the client must see it. */
  onAnswerBroken(isDelimited: boolean): void;
  onTunnelEnd(): void;
}
