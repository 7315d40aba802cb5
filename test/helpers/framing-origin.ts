import type { RawPeer } from './raw-peer.ts';
import { type RecordingOrigin, startOrigin } from './recording-origin.ts';

/** One whole request as an origin read it: its head with the empty line, and its body still as it was framed. */
export type OriginRequest = { readonly head: string; readonly body: string };

export type FramingOrigin = RecordingOrigin & {
  /** Whole requests in the order of their ends; forgotten when taken. */
  takeRequests(): readonly OriginRequest[];
  /** What came on each connection and is no whole request. */
  strayBytes(): readonly string[];
};

/** Where a chunked body that begins at `at` ends; -1: not yet, or never. */
const chunkedEnd = (text: string, at: number): number => {
  for (let from = at; ; ) {
    const size = /^([0-9a-fA-F]{1,8})\r\n/.exec(text.slice(from, from + 12))?.[1];
    if (size === undefined) return -1;
    if (Number(`0x${size}`) === 0) {
      // The last chunk's own CRLF may already be the first half of the empty line.
      const end = text.indexOf('\r\n\r\n', from + size.length);
      return end === -1 ? -1 : end + 4;
    }
    const next = from + size.length + 2 + Number(`0x${size}`);
    if (text.slice(next, next + 2) !== '\r\n') return -1;
    from = next + 2;
  }
};

/** The request that begins at `at`, and where it ends; undefined while it is not whole. */
const readRequest = (text: string, at: number): readonly [OriginRequest, end: number] | undefined => {
  const headEnd = text.indexOf('\r\n\r\n', at);
  if (headEnd === -1) return undefined;
  const head = text.slice(at, headEnd + 4);
  const start = headEnd + 4;
  const isChunked = /\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r\n/i.test(head);
  const length = Number(/\r\ncontent-length:[ \t]*(\d+)[ \t]*\r\n/i.exec(head)?.[1] ?? 0);
  const end = isChunked ? chunkedEnd(text, start) : start + length;
  return end === -1 || end > text.length ? undefined : [{ head, body: text.slice(start, end) }, end];
};

/** A raw origin that answers each whole request once, body and all, and remembers it. */
export const startFramingOrigin = async (
  answer: string | ((request: OriginRequest) => string),
): Promise<FramingOrigin> => {
  let requests: OriginRequest[] = [];
  const readUpTo = new Map<RawPeer, number>();
  const origin = await startOrigin({
    onConnection: peer => {
      readUpTo.set(peer, 0);
      peer.socket.on('data', () => {
        for (;;) {
          const read = readRequest(peer.received, readUpTo.get(peer) ?? 0);
          if (read === undefined) return;
          readUpTo.set(peer, read[1]);
          requests.push(read[0]);
          peer.write(typeof answer === 'string' ? answer : answer(read[0]));
        }
      });
    },
  });
  return {
    ...origin,
    takeRequests: () => {
      const taken = requests;
      requests = [];
      return taken;
    },
    strayBytes: () =>
      [...readUpTo].map(([peer, at]) => peer.received.slice(at)).filter(stray => stray !== ''),
  };
};
