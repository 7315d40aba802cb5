import type { RouteTimeouts } from '../../src/core/route-settings.ts';
import { FRAMING, type Framing } from '../http1/body-framing.ts';
import type { BodySink } from '../http1/chunked-body.ts';
import type { ClientVersion } from '../http1/client-version.ts';
import type { ResponseHead } from '../http1/response-head.ts';

/** How an exchange lost its upstream before the answer's head was complete. */
export type UpstreamFailure =
  | 'connect'
  | 'connect-timeout'
  /** It is not who it has to be, or does not take us for who we say (TLS). */
  | 'certificate'
  /** It says that it has done nothing about the request (RFC 9113 8.7). */
  | 'refused'
  | 'reset'
  | 'answer-timeout'
  | 'fault';

/** The request that a connection works for. Its BodySink takes the answer's bytes, heads included. */
export interface UpstreamUser extends BodySink {
  readonly request: {
    readonly isHead: boolean;
    readonly clientVersion: ClientVersion;
    readonly wantsUpgrade: boolean;
    /** The protocols that the client offers; empty: none. */
    readonly upgrade: string;
    /** Missing or null: the listener's. */
    readonly timeouts?: RouteTimeouts | null;
  };
  /** True once the whole request has been handed to the socket. */
  readonly isRequestSent: boolean;
  /** May come again: what was sent before is then sent anew. */
  onConnected(): void;
  /** Nothing more comes of this connection; the answer's head has not been passed on. */
  onFailure(failure: UpstreamFailure): void;
  onInterim(head: ResponseHead): void;
  /** The text of the final head as the client is to get it; `withBody`: the rest of the head's text is the body, and comes with it. */
  answerHead(head: ResponseHead, framing: Framing, withBody: boolean): string;
  /** What of the answer's trailers is not in its body's own framing; `onAnswered` follows. */
  onTrailers(lines: string): void;
  onAnswered(): void;
  /** The answer broke off in its body. */
  onTruncated(failure: UpstreamFailure): void;
  onTunnel(head: ResponseHead): void;
  onTunnelEnd(): void;
  onUpstreamDrain(): void;
}

const protocols = (upgrade: string): readonly string[] =>
  upgrade
    .toLowerCase()
    .split(',')
    .map(protocol => protocol.trim());

/** True if a 101 switches to what the client offered, and to nothing else (RFC 9110 7.8): only then both know what the bytes mean. */
export const isOffered = (chosen: string, offered: string): boolean =>
  chosen !== '' && protocols(chosen).every(protocol => protocols(offered).includes(protocol));

/** RFC 9112 6.3, with the client's side in view. */
export const framingOf = (
  head: ResponseHead,
  { isHead, clientVersion }: UpstreamUser['request'],
): Framing => {
  if (isHead || head.status === 204 || head.status === 304) return FRAMING.none;
  if (head.isChunked) return clientVersion === '1.1' ? FRAMING.chunked : FRAMING.dechunked;
  if (head.contentLength !== -1) return FRAMING.length;
  return clientVersion === '1.1' ? FRAMING.rechunked : FRAMING.untilClose;
};

/** True if the client's answer says that it is chunked: by its framing, or to HEAD because that of GET would be. */
export const isChunkedFor = (
  { isHead, clientVersion }: UpstreamUser['request'],
  head: ResponseHead,
  framing: Framing,
): boolean =>
  framing === FRAMING.chunked ||
  framing === FRAMING.rechunked ||
  (isHead && head.isChunked && clientVersion === '1.1');
