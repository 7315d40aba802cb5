import type { RepairPacing } from './decide/repairs.ts';

type Attempts = {
  readonly uid: string | null;
  readonly count: number;
  readonly nextMs: number;
  /** The last one changed something: the webhook is there. */
  readonly changed: boolean;
};

/** As many repairs are made without much ado; then somebody else undoes them, or nobody does them (DESIGN 5). */
export const UNCONTESTED_REPAIRS = 3;

/** An Ingress that was left in peace for so long, after it might have been repaired again, is like any other. */
const CALM_MS = 600_000;

const FORGET_EVERY_MS = 60_000;

const SOON_MS = 1_000;
const CONTESTED_MS = 60_000;
const LONGEST_CONTESTED_MS = 600_000;
const FIRST_PROBE_MS = 2_000;
const LONGEST_PROBE_MS = 15_000;
/** No longer than probes are apart: where one Ingress alone is raw, it is the one that finds the webhook back. */
const LONGEST_SILENT_MS = LONGEST_PROBE_MS;

type Repaired = { readonly namespace: string; readonly name: string; readonly uid: string | null };

const keyOf = ({ namespace, name }: Repaired): string => `${namespace}/${name}`;

const pauseMs = (count: number, changed: boolean): number => {
  if (count < UNCONTESTED_REPAIRS) return SOON_MS * 2 ** count;
  const contested = CONTESTED_MS * 2 ** Math.min(count - UNCONTESTED_REPAIRS, 10);
  return Math.min(contested, changed ? LONGEST_CONTESTED_MS : LONGEST_SILENT_MS);
};

/**
 * What repairs came to, for their pace. An empty patch that changes nothing means that the webhook is away: then
 * one Ingress at a time asks whether it is back, so that ten thousand raw ones cost an API server nothing; as soon
 * as one is rewritten all others are due.
 */
export class RepairLog implements RepairPacing {
  readonly #attempts = new Map<string, Attempts>();
  #forgottenMs = 0;
  #probe: { readonly nextMs: number; readonly pauseMs: number } | null = null;

  get probing(): { readonly nextMs: number } | null {
    return this.#probe;
  }

  dueMs(ingress: Repaired): number {
    const known = this.#attempts.get(keyOf(ingress));
    return known === undefined || known.uid !== ingress.uid ? 0 : known.nextMs;
  }

  /** True if this was the repair with which it became contested. */
  note(
    ingress: Repaired,
    { changed, nowMs }: { readonly changed: boolean; readonly nowMs: number },
  ): boolean {
    this.#forget(nowMs);
    const known = this.#attempts.get(keyOf(ingress));
    const count = (known?.uid === ingress.uid ? known.count : 0) + 1;
    const { uid } = ingress;
    this.#attempts.set(keyOf(ingress), {
      uid,
      count,
      nextMs: nowMs + pauseMs(count, changed),
      changed,
    });
    if (changed) this.#webhookIsThere();
    else this.#webhookIsSilent(nowMs);
    return count === UNCONTESTED_REPAIRS;
  }

  #webhookIsThere(): void {
    if (this.#probe === null) return;
    this.#probe = null;
    for (const [key, attempts] of this.#attempts) {
      if (!attempts.changed) this.#attempts.delete(key);
    }
  }

  #webhookIsSilent(nowMs: number): void {
    const pause = Math.min(this.#probe === null ? FIRST_PROBE_MS : this.#probe.pauseMs * 2, LONGEST_PROBE_MS);
    this.#probe = { nextMs: nowMs + pause, pauseMs: pause };
  }

  #forget(nowMs: number): void {
    if (nowMs - this.#forgottenMs < FORGET_EVERY_MS) return;
    this.#forgottenMs = nowMs;
    for (const [key, { nextMs }] of this.#attempts) {
      if (nowMs - nextMs >= CALM_MS) this.#attempts.delete(key);
    }
  }
}
