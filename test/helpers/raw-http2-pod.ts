import { CLIENT_PREFACE, FLAG, FRAME } from '../../router/http2/frame.ts';
import { data, type Frame, frame, framesOf, headers, type RawField, settings } from './http2-frames.ts';
import type { RawPeer } from './raw-peer.ts';
import { type RecordingOrigin, startOrigin } from './recording-origin.ts';

/** An answer's head, behind which something follows. */
export const head = (streamId: number, fields: readonly RawField[]): Buffer =>
  headers(streamId, fields, FLAG.endHeaders);

/** A whole answer of 200. */
export const answer = (streamId: number, text: string, more: readonly RawField[] = []): Buffer =>
  Buffer.concat([
    head(streamId, [[':status', '200'], ['content-length', String(text.length)], ...more]),
    data(streamId, text, FLAG.endStream),
  ]);

/** The whole frames that the router has sent to a pod. */
export const framesFrom = ({ received }: Pick<RawPeer, 'received'>): readonly Frame[] =>
  framesOf(Buffer.from(received, 'latin1').subarray(CLIENT_PREFACE.length));

/** Sends frames in one write. */
export const play = (peer: RawPeer, frames: readonly Buffer[]): void => {
  peer.socket.write(Buffer.concat(frames));
};

/** A backend that speaks HTTP/2 by hand: what no HTTP/2 library would send. `onRequest` is told of each stream's first frame. */
export const startRawHttp2Pod = (
  onRequest: (peer: RawPeer, streamId: number, nth: number) => void,
): Promise<RecordingOrigin> => {
  let requests = 0;
  return startOrigin({
    onConnection: peer => {
      peer.socket.write(settings());
      let known = 0;
      peer.socket.on('data', () => {
        for (const { type, flags, streamId } of framesFrom(peer).slice(known)) {
          known += 1;
          if (type === FRAME.settings && flags === FLAG.none)
            peer.socket.write(frame(FRAME.settings, FLAG.ack, 0, Buffer.alloc(0)));
          if (type !== FRAME.headers) continue;
          requests += 1;
          onRequest(peer, streamId, requests - 1);
        }
      });
    },
  });
};
