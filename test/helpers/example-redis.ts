import { connect } from 'node:net';
import { RawPeer } from './raw-peer.ts';

export type Address = {
  readonly port: number;
  /** @default 127.0.0.1 */
  readonly host?: string;
  /** The client's own; without it what the system chooses. */
  readonly from?: string;
};

/** A raw client that comes from an address of its own. */
export const connectFrom = async ({ port, host = '127.0.0.1', from }: Address): Promise<RawPeer> => {
  const source = from === undefined ? {} : { localAddress: from };
  const socket = connect({ port, host, ...source, noDelay: true, allowHalfOpen: true });
  const peer = new RawPeer(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return peer;
};

/** What `printf TEXT | nc` prints where the server closes. */
export const sentText = async (address: Address, text: string): Promise<string> => {
  const peer = await connectFrom(address);
  peer.write(text);
  const received = await peer.untilEnd();
  peer.socket.end();
  return received;
};

const inArray = (words: readonly string[]): string =>
  [`*${words.length}`, ...words.flatMap(word => [`$${word.length}`, word]), ''].join('\r\n');

/** A reply as `redis-cli` prints it in a terminal. */
const printed = (reply: string): string => {
  const [first = '', second = ''] = reply.split('\r\n');
  if (first === '$-1') return '(nil)';
  if (first.startsWith('$')) return JSON.stringify(second);
  if (first.startsWith('-')) return `(error) ${first.slice(1)}`;
  return first.slice(1);
};

/** One command on a connection of its own, as `redis-cli COMMAND` sends it, and what that prints in a terminal. */
export const redisCli = async (address: Address, words: readonly string[]): Promise<string> => {
  const received = await sentText(address, `${inArray(words)}${inArray(['QUIT'])}`);
  return printed(received);
};

/** Asks on new connections until the reply is as it should be; gives up after `withinMs`. */
export const untilReply = async (
  address: Address,
  words: readonly string[],
  expected: string | RegExp,
  withinMs = 10_000,
): Promise<void> => {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const reply = await redisCli(address, words);
    if (typeof expected === 'string' ? reply === expected : expected.test(reply)) return;
    if (performance.now() > endMs) throw new Error(`still ${reply} after ${withinMs} ms`);
  }
};
