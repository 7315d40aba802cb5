import type { BodySink } from '../http1/chunked-body.ts';
import type { UpstreamUser } from './upstream-user.ts';

/** A way to an endpoint for one exchange at a time, as exchanges and pools see it: a connection, or a stream of one. Its BodySink takes the request's bytes. */
export interface UpstreamLink extends BodySink {
  /** True where its protocol tells itself where a body ends: it is sent the content alone. */
  readonly framesBodies: boolean;
  readonly isConnected: boolean;
  /** False for a socket that can no longer be written, though its 'close' has not come yet. */
  readonly isUsable: boolean;
  /** True while more than a little waits to be sent. */
  readonly isCongested: boolean;
  /** True from the second request on: the peer may have closed it meanwhile. */
  readonly isReused: boolean;
  /** True once a byte of this exchange's answer has come. */
  readonly hasAnswerBytes: boolean;
  attach(user: UpstreamUser): void;
  /** The request has been sent: from now on the answer is due. `trailers`: lines of it that its body does not hold. */
  awaitAnswer(trailers: string): void;
  pause(): void;
  resume(): void;
  /** Ends the client's direction of a tunnel; what is queued is still sent. */
  end(): void;
  /** The exchange has no more use for this connection, and nobody else may have it. */
  abandon(): void;
  destroy(): void;
}
