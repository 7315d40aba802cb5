import type { Engine } from '../engine.ts';
import type { Http2Stream } from '../http2/stream.ts';
import type { LinkedEndpoint } from './endpoint-links.ts';
import type { UpstreamFailure } from './upstream-user.ts';

/** An exchange on a connection that others share, as the connection sees it. */
export interface CarriedLink {
  /** The connection is open: the request may be sent, or sent again. */
  onOpen(): void;
  /** Room again, of the stream or of the connection. */
  onWritable(): void;
  /** The connection is gone, or was never made. */
  onLost(failure: UpstreamFailure): void;
  /** Writes what was held back. */
  release(): void;
}

/** The connection of a link. */
export interface LinkCarrier {
  readonly engine: Engine;
  readonly endpoint: LinkedEndpoint;
  /** Those that wait for it to open, and those that have streams on it. */
  readonly links: Set<CarriedLink>;
  readonly isOpen: boolean;
  readonly isBlocked: boolean;
  readonly hasServed: boolean;
  /** Null: it takes no more streams. */
  request(head: string): Http2Stream | null;
  /** A connection to the same endpoint for what this one does not take. */
  next(): LinkCarrier;
  hold(link: CarriedLink): void;
  onLinkEnd(link: CarriedLink): void;
  endIfIdle(): void;
}
