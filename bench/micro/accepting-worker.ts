// A worker of bench/micro/accepts.ts: answers every read with the same few bytes, and counts.
import { createServer, type Server } from 'node:net';

/** What accepts.ts tells: listen on the socket that comes along or on a port of one's own, count, or go. */
export type ToAccepting =
  | { readonly kind: 'inherit' }
  | { readonly kind: 'reuse-port'; readonly port: number }
  | { readonly kind: 'count' }
  | { readonly kind: 'leave' };

/** Since the start of this worker. */
export type Accepted = {
  readonly kind: 'accepted';
  readonly connections: number;
  readonly requests: number;
  readonly cpuMicroseconds: number;
};

export type FromAccepting = { readonly kind: 'listening'; readonly port: number } | Accepted;

const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', 'latin1');
const BACKLOG = 4_096;
const GRACE_MS = 500;

let connections = 0;
let requests = 0;

const tell = (message: FromAccepting): void => {
  process.send?.(message);
};

const server = createServer({ noDelay: true }, socket => {
  connections += 1;
  socket.on('data', () => {
    requests += 1;
    socket.write(ANSWER);
  });
  socket.on('error', () => undefined);
});
server.on('listening', () => {
  const address = server.address();
  tell({ kind: 'listening', port: typeof address === 'object' && address !== null ? address.port : 0 });
});

process.on('message', (message: ToAccepting, handle: unknown) => {
  switch (message.kind) {
    case 'inherit':
      server.listen(handle as Server, BACKLOG);
      break;
    case 'reuse-port':
      server.listen({ port: message.port, host: '127.0.0.1', reusePort: true, backlog: BACKLOG });
      break;
    case 'count': {
      const { user, system } = process.cpuUsage();
      tell({ kind: 'accepted', connections, requests, cpuMicroseconds: user + system });
      break;
    }
    default:
      // As a router's worker that is replaced: accepts no more at once, and finishes what it has.
      server.close();
      setTimeout(() => process.exit(0), GRACE_MS);
  }
});
