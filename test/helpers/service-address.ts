import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';

/**
 * A Service's address as kube-proxy makes it: each new connection goes to one of the endpoints, and stays there
 * whatever becomes of the endpoint.
 */
export class ServiceAddress {
  readonly port: number;
  readonly #endpoints: number[];
  readonly #open = new Map<Socket, number>();
  #next = 0;
  #waiters: (() => void)[] = [];

  private constructor(port: number, endpoints: number[]) {
    this.port = port;
    this.#endpoints = endpoints;
  }

  static async open(t: ExecutionContext): Promise<ServiceAddress> {
    const server = createServer(client => address.#take(client));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const bound = server.address();
    const address = new ServiceAddress(typeof bound === 'object' && bound !== null ? bound.port : 0, []);
    t.teardown(() => {
      server.close();
      for (const socket of address.#open.keys()) socket.destroy();
    });
    return address;
  }

  add(endpoint: number): void {
    this.#endpoints.push(endpoint);
  }

  remove(endpoint: number): void {
    this.#endpoints.splice(this.#endpoints.indexOf(endpoint), 1);
  }

  connectionsTo(endpoint: number): number {
    return [...this.#open.values()].filter(other => other === endpoint).length;
  }

  async untilLeft(endpoint: number): Promise<void> {
    while (this.connectionsTo(endpoint) > 0) await new Promise<void>(resolve => this.#waiters.push(resolve));
  }

  #take(client: Socket): void {
    const endpoint = this.#endpoints[this.#next++ % this.#endpoints.length] ?? 0;
    const pod = connect(endpoint, '127.0.0.1');
    this.#open.set(client, endpoint);
    client.pipe(pod).pipe(client);
    for (const socket of [client, pod]) socket.on('error', () => undefined);
    pod.on('close', () => client.destroy());
    client.on('close', () => {
      pod.destroy();
      this.#open.delete(client);
      for (const resolve of this.#waiters.splice(0)) resolve();
    });
  }
}
