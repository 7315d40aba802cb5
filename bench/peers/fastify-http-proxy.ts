// @fastify/http-proxy as its README shows it, for the bench's job: node peers/fastify-http-proxy.ts JOB.json PORT
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { forwardedHeaders, port, requirePeer, targetOf } from './peer-job.ts';

type FastifyRequest = {
  readonly raw: IncomingMessage;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly ip: string;
};

type FastifyServer = {
  register(plugin: unknown, options: object): void;
  listen(options: object): Promise<string>;
};

const fastify = requirePeer('fastify') as (options: object) => FastifyServer;

const server = fastify({ logger: false, keepAliveTimeout: 400_000, bodyLimit: 1_073_741_824 });
server.register(requirePeer('@fastify/http-proxy'), {
  upstream: '',
  websocket: true,
  wsClientOptions: {
    rewriteRequestHeaders: (headers: IncomingHttpHeaders, { raw }: FastifyRequest) => ({
      ...headers,
      ...forwardedHeaders(raw.headers, raw.socket.remoteAddress ?? ''),
    }),
  },
  undici: { connections: 1024, pipelining: 1 },
  replyOptions: {
    getUpstream: ({ url, headers }: FastifyRequest) => targetOf(url, headers) ?? 'http://127.0.0.1:1',
    rewriteRequestHeaders: ({ ip }: FastifyRequest, headers: IncomingHttpHeaders) => ({
      ...headers,
      ...forwardedHeaders(headers, ip),
    }),
  },
});
await server.listen({ port, host: '127.0.0.1', backlog: 4096 });
