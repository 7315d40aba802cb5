import type { Engine } from '../engine.ts';
import type { EndpointLinks } from './endpoint-links.ts';
import { Http2Link } from './http2-link.ts';
import { connectionFor } from './http2-upstream.ts';
import { UpstreamConnection } from './upstream-connection.ts';
import type { UpstreamLink } from './upstream-link.ts';

/** A way to an endpoint that is spoken to in another way than HTTP/1.1 in clear. `isFresh`: on a connection of which nothing is known that is bad. */
export const backendLink = (
  engine: Engine,
  links: EndpointLinks,
  {
    isFresh,
    connectTimeoutMs,
  }: { readonly isFresh: boolean; readonly connectTimeoutMs?: number | undefined },
): UpstreamLink => {
  const { endpoint, backend } = links;
  if (backend.isHttp2) return new Http2Link(connectionFor(engine, links, { isFresh, connectTimeoutMs }));
  const idle = isFresh ? undefined : endpoint.takeIdle(links.idle);
  return idle ?? new UpstreamConnection(engine, endpoint, { connectTimeoutMs, links });
};
