import type { SecretStore } from '../../certs/stores.ts';
import { newRing, parseRing, ringAt, ringText } from '../core/session-key-ring.ts';

/** The key of the Secret's data. */
export const RING_KEY = 'ring';

/** In Sluice's own namespace (webhook-config/base): made by the leading controller, read by routers. */
export const SESSION_KEYS_SECRET = 'sluice-session-keys';

export type SessionKeyKeeperDeps = {
  readonly store: SecretStore;
  readonly nowMs: () => number;
  readonly newKey: () => Uint8Array;
  readonly report: (text: string) => void;
};

/** Makes and rotates the keys that all routers seal TLS sessions with; one owner at a time (the leader). */
export class SessionKeyKeeper {
  readonly #deps: SessionKeyKeeperDeps;

  constructor(deps: SessionKeyKeeperDeps) {
    this.#deps = deps;
  }

  /** Looks once. Who loses against another writer looks again at the next tick. */
  async tick(): Promise<void> {
    const { store, nowMs, newKey, report } = this.#deps;
    const read = await store.read();
    const ring = parseRing(read?.content[RING_KEY] ?? '');
    const wanted = ring === undefined ? newRing(nowMs(), newKey) : ringAt(ring, nowMs(), newKey);
    if (wanted === ring) return;
    const outcome = await store.write({ [RING_KEY]: ringText(wanted) }, read?.version ?? null);
    if (outcome === 'written')
      report(ring === undefined ? 'new keys for TLS sessions' : 'the keys for TLS sessions are rotated');
  }
}
