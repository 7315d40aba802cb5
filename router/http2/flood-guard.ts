/** How long what a peer does is counted. */
const PERIOD_MS = 10_000;

/** Streams that a peer opens only to have them torn down, by itself or by a fault: rapid reset and MadeYouReset (CVE-2023-44487, CVE-2025-8671). */
const MAX_RESETS = 100;

/** Of honest peers one, and one more after a change of mind. */
const MAX_SETTINGS = 100;

/** Frames that ask for work and move nothing: PING, PRIORITY, WINDOW_UPDATE, empty DATA, unknown ones. */
const MAX_IDLE_FRAMES = 1_000;

/** How many of them each request and each DATA frame, ours and theirs, excuses: WINDOW_UPDATEs, and the PINGs by which gRPC measures. */
const IDLE_FRAMES_FOR_EACH = 8;

/** Answers to the peer's frames that it does not read. */
export const MAX_CONTROL_FRAMES = 1_000;

/** What each connection's peer has done within the last seconds that honest peers do rarely. */
export class FloodGuard {
  readonly #now: () => number;
  readonly #sent: { readonly dataFrames: number };
  #periodStart: number;
  #opened = 0;
  #resets = 0;
  #settings = 0;
  #idle = 0;
  #moved = 0;
  #sentBefore = 0;

  /** `sent` counts the DATA frames that we have sent. */
  constructor(now: () => number, sent: { readonly dataFrames: number }) {
    this.#now = now;
    this.#sent = sent;
    this.#periodStart = now();
  }

  /** A stream was opened: by the peer, or in the client role by us. */
  opened(): void {
    this.#opened += 1;
    this.#moved += 1;
  }

  /** DATA has come. */
  moved(): void {
    this.#moved += 1;
  }

  /** A stream was torn down, by the peer or for its fault. False if it is time to stop: that is what most of its streams come to. */
  mayReset(): boolean {
    this.#begin();
    this.#resets += 1;
    return this.#resets <= MAX_RESETS || this.#resets * 2 <= this.#opened;
  }

  maySettle(): boolean {
    this.#begin();
    this.#settings += 1;
    return this.#settings <= MAX_SETTINGS;
  }

  /** The peer has sent a frame that moves nothing. False if there are too many. */
  mayIdle(): boolean {
    this.#idle += 1;
    if (this.#idle <= MAX_IDLE_FRAMES) return true;
    this.#begin();
    const moved = this.#moved + this.#sent.dataFrames - this.#sentBefore;
    return this.#idle <= MAX_IDLE_FRAMES + moved * IDLE_FRAMES_FOR_EACH;
  }

  /** Counting begins anew once in a period. */
  #begin(): void {
    const now = this.#now();
    if (now - this.#periodStart < PERIOD_MS) return;
    this.#periodStart = now;
    this.#opened = 0;
    this.#resets = 0;
    this.#settings = 0;
    this.#idle = 0;
    this.#moved = 0;
    this.#sentBefore = this.#sent.dataFrames;
  }
}
