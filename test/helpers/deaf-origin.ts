import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';

export type DeafOrigin = { readonly port: number; close(): Promise<void> };

/** Listens, and then never takes a connection: its event loop sleeps. */
const SLEEPER = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });
`;

/** An origin whose queue of new connections is full: it neither takes nor refuses another one. */
export const startDeafOrigin = async (): Promise<DeafOrigin> => {
  const worker = new Worker(SLEEPER, { eval: true });
  const port = await new Promise<number>(resolve => worker.once('message', resolve));
  // Linux keeps one more than the backlog says, and may still answer the handshake of the next.
  const queued = Array.from({ length: 4 }, () => connect({ port, host: '127.0.0.1' }));
  for (const socket of queued) socket.on('error', () => undefined);
  const [first, second] = queued;
  await Promise.all([first, second].map(socket => new Promise(resolve => socket?.once('connect', resolve))));
  return {
    port,
    close: async () => {
      for (const socket of queued) socket.destroy();
      await worker.terminate();
    },
  };
};
