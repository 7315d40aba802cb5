import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the range that Linux takes outgoing ports from (32768): no connection of a load can sit on it. */
const LOWEST = 20_000;
const HIGHEST = 29_000;
const MAX_TRIES = 500;

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
};

let next = LOWEST + (process.pid % (HIGHEST - LOWEST));

/** A loopback port that nobody holds. */
export const freePort = async (): Promise<number> => {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    next = next >= HIGHEST ? LOWEST : next + 1;
    if (await isFree(next)) return next;
  }
  throw new Error(`no free port between ${LOWEST} and ${HIGHEST}`);
};
