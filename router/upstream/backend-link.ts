import type { Engine } from '../engine.ts';
import type { Backend } from './backend.ts';
import type { Endpoint } from './endpoint.ts';
import { Http2Link } from './http2-link.ts';
import { connectionFor } from './http2-upstream.ts';
import { UpstreamConnection } from './upstream-connection.ts';
import type { UpstreamLink } from './upstream-link.ts';

type Wish = {
  readonly backend: Backend;
  /** On a connection of which nothing is known that is bad. */
  readonly isFresh: boolean;
  readonly connectTimeoutMs?: number | undefined;
};

/** A way to an endpoint that is spoken to in another way than HTTP/1.1 in clear. */
export const backendLink = (
  engine: Engine,
  endpoint: Endpoint,
  { backend, isFresh, connectTimeoutMs }: Wish,
): UpstreamLink => {
  const links = endpoint.linksOf(backend);
  if (backend.isHttp2) return new Http2Link(connectionFor(engine, links, { isFresh, connectTimeoutMs }));
  const idle = isFresh ? undefined : endpoint.takeIdle(links.idle);
  return idle ?? new UpstreamConnection(engine, endpoint, { connectTimeoutMs, links });
};
