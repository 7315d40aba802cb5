import type { Socket } from 'node:net';
import type { SessionOptions } from '../../router/http2/session-events.ts';
import { HeardSession, type Serve } from './heard-session.ts';

/** A session on a real socket: it flushes when all that was read has been taken, while the socket takes what is written. */
export const socketSession = (
  socket: Socket,
  options: Partial<SessionOptions> = {},
  serve: Serve = () => undefined,
): HeardSession => {
  let isScheduled = false;
  const flush = (): void => {
    isScheduled = false;
    if (socket.destroyed || socket.writableNeedDrain) return;
    heard.session.flush((buffer, start, end) => socket.write(Buffer.from(buffer.subarray(start, end))));
    if (heard.fault !== null || heard.session.isDrained) socket.end();
  };
  const schedule = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    queueMicrotask(flush);
  };
  const heard = new HeardSession(options, serve, schedule);
  socket.on('data', (bytes: Buffer) => heard.receive(bytes));
  socket.on('drain', schedule);
  socket.on('error', () => undefined);
  schedule();
  return heard;
};
