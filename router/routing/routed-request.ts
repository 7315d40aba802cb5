import type { ByteString } from '../../src/core/byte-string.ts';
import type { RequestFacts } from '../../src/core/ticket/request-facts.ts';

/** What the engine knows of a request when it asks where it goes. */
export interface RoutedRequest extends RequestFacts {
  /** Host, or the authority of an absolute-form target (RFC 9112 3.2.2): lower case, without port and one trailing dot; `` on HTTP/1.0 without Host. */
  readonly host: string;
  /** The normalized path (core/request-path.ts); `OPTIONS *` reads as `/`. */
  readonly path: ByteString;
  /** As sent, with its `?`; `` where there is none. */
  readonly query: ByteString;
}
