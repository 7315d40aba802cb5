import { socketsRead } from './event-loop-turns.ts';
import type { RawPeer } from './raw-peer.ts';

/**
 * Linux keeps up to 4 + 6 MiB in the two socket buffers of one loopback connection, and there are two of
 * them: only what is larger than that shows whether the router reads on regardless.
 */
const PIECE = Buffer.alloc(65_536);
for (let at = 0; at < PIECE.length; at += 1) PIECE[at] = (at * 7) & 0xff;
const PIECES = 640;

export const POURED_BYTES = PIECE.length * PIECES;

/** Writes all pieces as fast as `peer` takes them, and then its end if it shall; tells how many bytes it has taken. */
export const pourPieces = (peer: RawPeer, { end = false } = {}): (() => number) => {
  let pieces = 0;
  const more = (): void => {
    while (pieces < PIECES) {
      pieces += 1;
      if (!peer.socket.write(PIECE)) return;
    }
    peer.socket.off('drain', more);
    if (end) peer.socket.end();
  };
  peer.socket.on('drain', more);
  more();
  return () => pieces * PIECE.length;
};

/** The number that `value` comes to rest at. */
export const settledAt = async (value: () => number): Promise<number> => {
  let before = -1;
  while (before !== value()) {
    before = value();
    for (let turn = 0; turn < 50; turn += 1) await socketsRead();
  }
  return before;
};

/** Counts and compares what a peer receives from now on, without keeping it. */
export const pieceChecksum = (
  peer: RawPeer,
): { readonly count: () => number; readonly isExact: () => boolean } => {
  let count = 0;
  let isExact = true;
  peer.socket.removeAllListeners('data');
  peer.socket.on('data', (bytes: Buffer) => {
    for (let at = 0; at < bytes.length; ) {
      const offset = count % PIECE.length;
      const length = Math.min(bytes.length - at, PIECE.length - offset);
      if (bytes.compare(PIECE, offset, offset + length, at, at + length) !== 0) isExact = false;
      at += length;
      count += length;
    }
  });
  return { count: () => count, isExact: () => isExact };
};
