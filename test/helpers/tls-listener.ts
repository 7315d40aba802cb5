import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { ExecutionContext } from 'ava';
import type { ServingCertificate } from '../../certs/serve/serving-certificate.ts';

export type TlsListener = { readonly server: Server; readonly port: number };

/** A real HTTPS server on loopback that answers 200 with its name. */
export const listenTls = async (
  t: ExecutionContext,
  serving: ServingCertificate,
  name = 'replica',
): Promise<TlsListener> => {
  const server = createServer((_request, response) => void response.end(name));
  // Kept connections shall end when the test says so.
  server.keepAliveTimeout = 0;
  serving.secure(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port };
};

/** A connection whose handshake is done; rejects with the verifier's error. */
export const handshake = async (
  port: number,
  options: Omit<ConnectionOptions, 'port' | 'host'>,
): Promise<TLSSocket> => {
  const socket = connect({ host: '127.0.0.1', port, servername: '', ...options });
  await once(socket, 'secureConnect');
  return socket;
};

/** The body of one answer over this connection, which stays open. */
export const askOver = async (socket: TLSSocket): Promise<string> => {
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  let answer = '';
  for (;;) {
    const [chunk] = await once(socket, 'data');
    answer += String(chunk);
    const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    if (head.startsWith('HTTP/1.1 200 ') && body.length === length) return body;
    if (Number.isNaN(length) && answer.includes('\r\n\r\n')) throw new Error(`unexpected answer: ${head}`);
  }
};
