import type { Socket } from 'node:net';
import { SMALL_BODY_BYTES } from './engine.ts';

/** Writes a part of a buffer that is shared by many sockets: what the write keeps is a copy, and a string costs less than a small one. */
export const writeCopy = (socket: Socket, buffer: Buffer, start: number, end: number): void => {
  if (end - start <= SMALL_BODY_BYTES) socket.write(buffer.toString('latin1', start, end), 'latin1');
  else socket.write(Buffer.from(buffer.subarray(start, end)));
};
