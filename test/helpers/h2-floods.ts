import { once } from 'node:events';
import { ERROR_CODE } from '../../router/http2/error-code.ts';
import { FLAG, FRAME, SETTING } from '../../router/http2/frame.ts';
import {
  block,
  data,
  frame,
  framesOf,
  GET,
  GREETING,
  goAway,
  headers,
  POST,
  ping,
  resetStream,
  settings,
  windowUpdate,
} from './http2-frames.ts';
import { connectRaw } from './raw-peer.ts';

/** The most that one connection is sent, should nobody end it: whoever floods has to come to an end. */
const MAX_FLOOD_BYTES = 64 * 1_048_576;

const streamId = (at: number): number => at * 2 + 1;

export type Flood = {
  readonly before?: Buffer;
  readonly round: (at: number) => Buffer;
  /** Of the GOAWAY that it ends with. @default ENHANCE_YOUR_CALM */
  readonly code?: number;
};

/** S14's, one of each kind, as they meet a whole router. */
export const FLOODS: Readonly<Record<string, Flood>> = {
  'rapid reset': {
    round: at => Buffer.concat([headers(streamId(at), GET), resetStream(streamId(at), ERROR_CODE.cancel)]),
  },
  MadeYouReset: {
    round: at => Buffer.concat([headers(streamId(at), GET), windowUpdate(streamId(at), 0)]),
  },
  'CONTINUATION without end': {
    before: headers(1, GET, FLAG.none),
    round: () => frame(FRAME.continuation, 0, 1, block([['x', 'y'.repeat(1_000)]])),
  },
  'CONTINUATION of no bytes': {
    before: headers(1, GET, FLAG.none),
    round: () => frame(FRAME.continuation, 0, 1, Buffer.alloc(0)),
  },
  SETTINGS: { round: () => settings([SETTING.initialWindowSize, 65_535]) },
  PING: { round: () => ping() },
  'empty DATA': { before: headers(1, POST, FLAG.endHeaders), round: () => data(1, '') },
  'windows of one byte': { round: () => windowUpdate(0, 1) },
  // Whoever says goodbye, and has nothing under way, is let go at the first.
  GOAWAY: { round: () => goAway(0, 0), code: ERROR_CODE.noError },
  ORIGIN: { round: () => frame(0xc, 0, 0, Buffer.alloc(100)) },
};

/** Writes a flood on a connection of its own, as fast as it is taken; resolves with all that was said to it once that has ended. */
export const floodOnce = async (port: number, { before, round }: Flood): Promise<Buffer> => {
  const client = await connectRaw(port);
  const { socket } = client;
  socket.write(GREETING);
  if (before !== undefined) socket.write(before);
  let at = 0;
  let sent = 0;
  while (!client.hasEnded && !client.isClosed && sent < MAX_FLOOD_BYTES) {
    const rounds = Buffer.concat(Array.from({ length: 100 }, (_, nth) => round(at + nth)));
    at += 100;
    sent += rounds.length;
    if (!socket.write(rounds))
      await Promise.race([once(socket, 'drain'), client.untilEnd()]).catch(() => null);
    else await new Promise(resolve => setImmediate(resolve));
  }
  socket.destroy();
  return Buffer.from(client.received, 'latin1');
};

/** The code of the GOAWAY that a flood was ended with; undefined: none came. */
export const endCode = (said: Buffer): number | undefined =>
  framesOf(said)
    .findLast(({ type }) => type === FRAME.goAway)
    ?.payload.readUInt32BE(4);

/** The one that it has to be ended with. */
export const expectedCode = ({ code = ERROR_CODE.enhanceYourCalm }: Flood): number => code;
