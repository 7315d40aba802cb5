import { createServer } from 'node:net';
import { RawPeer } from './raw-peer.ts';

/** A raw backend: it records every byte per connection, and answers only what a test tells it to. */
export type RecordingOrigin = {
  readonly port: number;
  readonly connections: readonly RawPeer[];
  /** The nth connection from 0, once it is there. */
  connection(nth: number): Promise<RawPeer>;
  close(): Promise<void>;
};

export type OriginOptions = {
  /** Called for each new connection, before its first byte. */
  readonly onConnection?: (peer: RawPeer) => void;
  readonly allowHalfOpen?: boolean;
};

export const startOrigin = async (options: OriginOptions = {}): Promise<RecordingOrigin> => {
  const connections: RawPeer[] = [];
  let waiters: (() => void)[] = [];
  const server = createServer({ noDelay: true, allowHalfOpen: options.allowHalfOpen ?? false }, socket => {
    const peer = new RawPeer(socket);
    connections.push(peer);
    options.onConnection?.(peer);
    for (const wake of waiters.splice(0)) wake();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('an origin listens on a port');
  return {
    port: address.port,
    connections,
    connection: async nth => {
      for (;;) {
        const peer = connections[nth];
        if (peer !== undefined) return peer;
        await new Promise<void>(resolve => {
          waiters = [...waiters, resolve];
        });
      }
    },
    close: () =>
      new Promise(resolve => {
        for (const peer of connections) peer.socket.destroy();
        server.close(() => resolve());
      }),
  };
};

/** An origin that answers every request head with the same bytes. */
export const startAnsweringOrigin = (answer: string | ((head: string) => string)): Promise<RecordingOrigin> =>
  startOrigin({
    onConnection: peer => {
      let answered = 0;
      peer.socket.on('data', () => {
        for (;;) {
          const end = peer.received.indexOf('\r\n\r\n', answered);
          if (end === -1) return;
          const head = peer.received.slice(answered, end + 4);
          answered = end + 4;
          peer.write(typeof answer === 'string' ? answer : answer(head));
        }
      });
    },
  });

/**
 * An origin that refuses every connection: nobody listens on the lowest ports. One that has listened and was
 * closed would not do: a test beside this one may get its port.
 */
export const deadOrigin = (port: 1 | 2 = 1): RecordingOrigin => ({
  port,
  connections: [],
  connection: () => Promise.reject(new Error('nobody can connect to it')),
  close: async () => undefined,
});
