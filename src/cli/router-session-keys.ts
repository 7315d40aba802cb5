import { Recurring } from '../../certs/recurring.ts';
import type { SecretStore } from '../../certs/stores.ts';
import type { TicketKeys } from '../../router/tls/session-tickets.ts';
import { RING_KEY } from '../controller/session-keys.ts';
import { parseRing, ringAt, ringKeys, ringText, type SessionKeyRing } from '../core/session-key-ring.ts';

/** A rotation has a whole lifetime to get around (`SessionKeyRing`): once a minute is soon enough. */
const LOOK_MS = 60_000;

export type RouterSessionKeysDeps = {
  /** What the workers have begun with. */
  readonly ring: SessionKeyRing;
  /** Those of all routers; null: this one is alone. */
  readonly shared: Pick<SecretStore, 'name' | 'read'> | null;
  readonly change: (keys: TicketKeys) => void;
  readonly nowMs: () => number;
  readonly newKey: () => Uint8Array;
  readonly say: (text: string) => void;
};

/**
 * The keys that this router's workers seal TLS sessions with: those that all routers share, once they can be read, and
 * for as long as nobody says others; until then its own, which it rotates itself. A session that is not taken up costs
 * a full handshake and nothing else, so whatever fails here is said once.
 */
export class RouterSessionKeys {
  readonly #deps: RouterSessionKeysDeps;
  readonly #loop: Recurring;
  #ring: SessionKeyRing;
  #isShared = false;
  #hasComplained = false;

  constructor(deps: RouterSessionKeysDeps) {
    this.#deps = deps;
    this.#ring = deps.ring;
    this.#loop = new Recurring(() => this.tick(), {
      intervalMs: LOOK_MS,
      random: Math.random,
      timers: { set: unrefTimer, clear: timer => clearTimeout(timer as NodeJS.Timeout) },
      onFailure: error => this.#complain(error instanceof Error ? error.message : String(error)),
    });
  }

  start(): void {
    this.#loop.nudge();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Looks once. Rejects where the shared keys cannot be read. */
  async tick(): Promise<void> {
    const { shared, nowMs, newKey } = this.#deps;
    try {
      const ring = shared === null ? undefined : await this.#read(shared);
      if (ring !== undefined) {
        this.#isShared = true;
        this.#hasComplained = false;
        this.#take(ring);
      }
    } finally {
      if (!this.#isShared) this.#take(ringAt(this.#ring, nowMs(), newKey));
    }
  }

  async #read(shared: Pick<SecretStore, 'name' | 'read'>): Promise<SessionKeyRing | undefined> {
    const read = await shared.read();
    const ring = parseRing(read?.content[RING_KEY] ?? '');
    if (ring === undefined) this.#complain(`${shared.name} holds none yet`);
    return ring;
  }

  #take(ring: SessionKeyRing): void {
    if (ring === this.#ring || ringText(ring) === ringText(this.#ring)) return;
    this.#ring = ring;
    this.#deps.change(ringKeys(ring));
  }

  #complain(reason: string): void {
    if (this.#hasComplained) return;
    this.#hasComplained = true;
    const instead = this.#isShared ? 'those known last are used' : "this router's own are used";
    this.#deps.say(`the keys for TLS sessions that routers share cannot be read, ${instead}: ${reason}`);
  }
}

/** Keeps no process alive. */
const unrefTimer = (work: () => void, delayMs: number): NodeJS.Timeout => setTimeout(work, delayMs).unref();
