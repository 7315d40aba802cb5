import type { ApiFailure, Outcome } from '../kube/api-outcome.ts';
import type { Clock } from '../kube/clock.ts';
import type { ObjectRef } from '../kube/kind.ts';
import { boundedSecrets } from '../kube/named-secrets.ts';

export type SecretGrantsWorld = {
  /** Whether the routers may read a Secret. */
  readonly ask: (ref: ObjectRef) => Promise<Outcome<boolean>>;
  readonly isLeader: () => boolean;
  /** What is known has changed. */
  readonly onChange: () => void;
  readonly onTrouble: (failure: ApiFailure) => void;
  readonly clock: Clock;
};

/** Who has just applied the grant wants the Event to go. */
const MISSING_AGAIN_MS = 30_000;
const GRANTED_AGAIN_MS = 600_000;
const FAILED_AGAIN_MS = 60_000;

/** Whoever writes Ingresses decides how many there are to ask about. */
const BETWEEN_MS = 50;

type Known = { readonly ref: ObjectRef; readonly isMissing: boolean; readonly dueMs: number };

/**
 * Which Secrets with users nobody has let the routers read. The controller may read none itself, so it asks the API
 * server what it would answer them.
 */
export class SecretGrants {
  readonly #world: SecretGrantsWorld;
  #known = new Map<string, Known>();
  #missing: ReadonlySet<string> = new Set();
  #cancel: (() => void) | null = null;
  #isAsking = false;

  constructor(world: SecretGrantsWorld) {
    this.#world = world;
  }

  /** By namespace and name; what has not been answered is not in it. */
  get missing(): ReadonlySet<string> {
    return this.#missing;
  }

  /** These and no others are asked about from now on. */
  follow(wanted: Iterable<ObjectRef>): void {
    const before = this.#known;
    this.#known = new Map(
      [...boundedSecrets(wanted)].map(([key, ref]) => [
        key,
        before.get(key) ?? { ref, isMissing: false, dueMs: 0 },
      ]),
    );
    this.#missing = this.#namesMissing();
    this.#schedule();
  }

  stop(): void {
    this.#known.clear();
    this.#cancel?.();
    this.#cancel = null;
  }

  #namesMissing(): ReadonlySet<string> {
    return new Set([...this.#known].filter(([, { isMissing }]) => isMissing).map(([key]) => key));
  }

  #schedule(): void {
    if (this.#isAsking) return;
    this.#cancel?.();
    this.#cancel = null;
    const dueMs = Math.min(...[...this.#known.values()].map(known => known.dueMs));
    if (dueMs === Number.POSITIVE_INFINITY) return;
    const { clock } = this.#world;
    this.#cancel = clock.after(Math.max(BETWEEN_MS, dueMs - clock.now()), () => void this.#askNext());
  }

  async #askNext(): Promise<void> {
    const { ask, clock, isLeader, onChange, onTrouble } = this.#world;
    // Whoever leads asks; when we lead again, all is asked anew.
    if (!isLeader()) return this.stop();
    const [key, known] = [...this.#known].sort(([, a], [, b]) => a.dueMs - b.dueMs)[0] ?? [];
    if (key === undefined || known === undefined) return;
    this.#isAsking = true;
    const answer = await ask(known.ref);
    this.#isAsking = false;
    if (this.#known.has(key)) {
      const isMissing = answer.ok ? !answer.value : known.isMissing;
      const pauseMs = answer.ok ? (isMissing ? MISSING_AGAIN_MS : GRANTED_AGAIN_MS) : FAILED_AGAIN_MS;
      this.#known.set(key, { ref: known.ref, isMissing, dueMs: clock.now() + pauseMs });
      if (!answer.ok) onTrouble(answer.failure);
      if (isMissing !== known.isMissing) {
        this.#missing = this.#namesMissing();
        onChange();
      }
    }
    this.#schedule();
  }
}
