import { setImmediate } from 'node:timers/promises';

/**
 * Lets the event loop poll its sockets: what was written on loopback before has been read by the other
 * side afterwards. Two turns, since a write may be made in the turn's own poll.
 */
export const socketsRead = async (): Promise<void> => {
  await setImmediate();
  await setImmediate();
};
