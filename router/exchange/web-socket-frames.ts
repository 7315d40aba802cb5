import type { BodySink } from '../http1/chunked-body.ts';
import { draw32 } from '../random.ts';
import { FrameBoundary } from './frame-boundary.ts';

/** A close frame with the status 1001, going away (RFC 6455 7.4.1). */
const GOING_AWAY = '\x88\x02\x03\xe9';

/** The same as clients send it, masked by bytes that nobody foresees (RFC 6455 5.3). */
const maskedGoingAway = (): string => {
  const mask = draw32();
  const maskByte = (nth: number): number => (mask >>> (24 - 8 * nth)) & 0xff;
  const payload = [0x03 ^ maskByte(0), 0xe9 ^ maskByte(1)];
  return String.fromCharCode(0x88, 0x82, ...[0, 1, 2, 3].map(maskByte), ...payload);
};

/** Whoever takes text for one end. */
type TextSink = { text(text: string): void };

/**
 * Where the frames of a WebSocket end, in both directions: only there both ends can be told that it is over. It has to be
 * followed from the first byte on, since nothing in the bytes themselves shows where a frame begins.
 */
export class WebSocketFrames {
  readonly #toClient = new FrameBoundary();
  readonly #toPod = new FrameBoundary();
  #isLeaving = false;

  /** Null where a 101 chose something else. */
  static of(upgrade: string): WebSocketFrames | null {
    return upgrade.toLowerCase() === 'websocket' ? new WebSocketFrames() : null;
  }

  /** From now on the frame that ends next is the client's last one; false if that was said before. */
  leave(): boolean {
    if (this.#isLeaving) return false;
    this.#isLeaving = true;
    return true;
  }

  fromClient(bytes: Buffer): void {
    this.#toPod.pass(bytes, 0, bytes.length);
  }

  /** Returns up to where buffer[start, end) may go to the client. */
  fromPod(buffer: Buffer, start: number, end: number): number {
    return this.#toClient.pass(buffer, start, end, this.#isLeaving);
  }

  /** Nothing can be sent to the pod any more. */
  endToPod(): void {
    this.#toPod.hasClosed = true;
  }

  /** Tells both ends, as far as they wait for a frame; false while that must not be yet. */
  sayGoodbye(client: TextSink, pod: BodySink | null): boolean {
    if (!this.#isLeaving || !this.#toClient.isBetweenFrames) return false;
    if (!this.#toClient.hasClosed) client.text(GOING_AWAY);
    if (!this.#toPod.hasClosed && this.#toPod.isBetweenFrames) pod?.bodyText(maskedGoingAway());
    return true;
  }
}
