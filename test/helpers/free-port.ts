import { createServer } from 'node:net';
import { threadId } from 'node:worker_threads';

const isFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

/**
 * Below the ports that the system gives to outgoing connections, so that the sockets of other tests cannot take
 * one before it is used; apart by process and thread, so that test files that run at once do not try the same.
 */
let nextPort = 10_000 + ((process.pid * 31 + threadId * 499) % 20_000);

/** A port of loopback that nobody listens on. */
export const freePort = async (): Promise<number> => {
  for (let tries = 0; tries < 1_000; tries += 1) {
    nextPort += 1;
    const port = nextPort;
    if (await isFree(port)) return port;
  }
  throw new Error(`no port is free before ${nextPort}`);
};
