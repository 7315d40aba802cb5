import { once } from 'node:events';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { ServingCertificate } from '../../../certs/serve/serving-certificate.ts';

type Review = { readonly request: { readonly uid: string } };

/** Allows everything, on a connection that is then closed every other time: the next review is a handshake. */
const newReplica = (serving: ServingCertificate): HttpsServer => {
  let answered = 0;
  const server = createHttpsServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      const { uid } = (JSON.parse(text) as Review).request;
      answered += 1;
      if (answered % 2 === 0) response.setHeader('connection', 'close');
      response.setHeader('content-type', 'application/json');
      const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' };
      response.end(JSON.stringify({ ...review, response: { uid, allowed: true } }));
    });
  });
  serving.secure(server);
  return server;
};

export type WebhookReplicas = {
  /** `https://127.0.0.1:PORT`, of all of them in turn, as a Service is. */
  readonly url: string;
  readonly connections: () => number;
  readonly close: () => void;
};

/** One real HTTPS server for each certificate, behind one address. */
export const startReplicas = async (serving: readonly ServingCertificate[]): Promise<WebhookReplicas> => {
  const servers = serving.map(newReplica);
  const ports: number[] = [];
  for (const server of servers) {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    ports.push((server.address() as AddressInfo).port);
  }
  const sockets = new Set<Socket>();
  let connections = 0;
  const service = createServer(client => {
    const replica = connect(ports[connections % ports.length] ?? 0, '127.0.0.1');
    connections += 1;
    client.pipe(replica).pipe(client);
    for (const [socket, other] of [
      [client, replica],
      [replica, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
  });
  await once(service.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `https://127.0.0.1:${(service.address() as AddressInfo).port}`,
    connections: () => connections,
    close: () => {
      for (const socket of sockets) socket.destroy();
      service.close();
      for (const server of servers) server.close();
    },
  };
};
