import type { Http2Stream } from './stream.ts';

/** Streams that we have reset and whose peer may not know it yet. */
const REMEMBERED_RESETS = 256;

/** The streams of a connection, and what is known of those that are none any more. */
export class StreamSet {
  /** The highest that the peer has opened. */
  lastPeerId = 0;
  /** The highest that we have opened. */
  lastOwnId = 0;
  readonly #open = new Map<number, Http2Stream>();
  readonly #blocked = new Set<Http2Stream>();
  #resets: Int32Array | null = null;
  #nextReset = 0;

  get count(): number {
    return this.#open.size;
  }

  get(id: number): Http2Stream | undefined {
    return this.#open.get(id);
  }

  all(): IterableIterator<Http2Stream> {
    return this.#open.values();
  }

  add(stream: Http2Stream): void {
    this.#open.set(stream.id, stream);
  }

  remove(stream: Http2Stream): void {
    this.#open.delete(stream.id);
    if (this.#blocked.size > 0) this.#blocked.delete(stream);
  }

  /** Bytes of it wait for a window. */
  block(stream: Http2Stream): void {
    this.#blocked.add(stream);
  }

  /** True for a stream that nobody has opened yet (RFC 9113 5.1). */
  isIdle(id: number, isOwn: boolean): boolean {
    return id > (isOwn ? this.lastOwnId : this.lastPeerId);
  }

  /** We have reset it: what is still under way for it is no fault. */
  rememberReset(id: number): void {
    this.#resets ??= new Int32Array(REMEMBERED_RESETS);
    this.#resets[this.#nextReset] = id;
    this.#nextReset = (this.#nextReset + 1) % REMEMBERED_RESETS;
  }

  wasReset(id: number): boolean {
    return this.#resets?.includes(id) === true;
  }

  /**
   * Sends what waits, a frame of each stream in turn, until the windows allow no more; tells of each that has nothing
   * left. A stream that has sent goes to the end, so that a narrow window serves all.
   */
  sendQueued(onWritable: (stream: Http2Stream) => void): void {
    for (const stream of this.#blocked) {
      if (!stream.sendQueued()) continue;
      this.#blocked.delete(stream);
      if (stream.isBlocked) this.#blocked.add(stream);
      else if (stream.isWritable) onWritable(stream);
    }
  }
}
