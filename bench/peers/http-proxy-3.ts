// http-proxy-3 as its README shows it, for the bench's job: node peers/http-proxy-3.ts JOB.json PORT
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { forwardedHeaders, port, requirePeer, targetOf } from './peer-job.ts';

type ProxyServer = {
  web(request: IncomingMessage, response: ServerResponse, options: { readonly target: string }): void;
  ws(request: IncomingMessage, socket: Duplex, head: Buffer, options: { readonly target: string }): void;
  on(
    event: 'error',
    listener: (error: Error, request: IncomingMessage, response: ServerResponse | Duplex) => void,
  ): void;
};

const { createProxyServer } = requirePeer('http-proxy-3') as {
  readonly createProxyServer: (options: object) => ProxyServer;
};

const proxy = createProxyServer({ agent: new Agent({ keepAlive: true }), xfwd: false });
proxy.on('error', (_error, _request, response) => {
  if ('writeHead' in response && !response.headersSent) response.writeHead(502);
  response.end();
});

/** Sets the job's fields; undefined where no host or path fits. */
const prepared = (request: IncomingMessage): string | undefined => {
  const target = targetOf(request.url ?? '/', request.headers);
  Object.assign(request.headers, forwardedHeaders(request.headers, request.socket.remoteAddress ?? ''));
  return target;
};

const server = createServer((request, response) => {
  const target = prepared(request);
  if (target === undefined) response.writeHead(404).end();
  else proxy.web(request, response, { target });
});
server.on('upgrade', (request, socket, head) => {
  const target = prepared(request);
  if (target === undefined) socket.destroy();
  else proxy.ws(request, socket, head, { target });
});
server.keepAliveTimeout = 400_000;
server.listen(port, '127.0.0.1', 4096);
