import type { Notice } from './decide/notices.ts';

/** Kubernetes keeps an Event for an hour: what is still the case is told again before it is forgotten. */
const AGAIN_MS = 1_800_000;

type Told = { readonly sinceMs: number; readonly toldMs: number | null };

const identity = ({ object, reason, message }: Notice): string =>
  JSON.stringify([object.kind, object.namespace, object.name, reason, message]);

/** Which notices are news: each is told once it has lasted, and again while it lasts. */
export class ToldNotices {
  #known = new Map<string, Told>();

  /** The notices to be told now, of all that are the case; `wakeMs`: when the next one has lasted long enough. */
  news(
    notices: readonly Notice[],
    nowMs: number,
  ): { readonly news: readonly Notice[]; readonly wakeMs: number } {
    const known = new Map<string, Told>();
    const news: Notice[] = [];
    let wakeMs = Number.POSITIVE_INFINITY;
    for (const notice of notices) {
      const key = identity(notice);
      if (known.has(key)) continue;
      const { sinceMs, toldMs } = this.#known.get(key) ?? { sinceMs: nowMs, toldMs: null };
      const dueMs = toldMs === null ? sinceMs + notice.settleMs : toldMs + AGAIN_MS;
      const isDue = dueMs <= nowMs;
      if (isDue) news.push(notice);
      known.set(key, { sinceMs, toldMs: isDue ? nowMs : toldMs });
      wakeMs = Math.min(wakeMs, isDue ? nowMs + AGAIN_MS : dueMs);
    }
    // What is the case no more is news if it comes again.
    this.#known = known;
    return { news, wakeMs };
  }
}
