import { setTimeout as wait } from 'node:timers/promises';

const EVERY_MS = 25;

/**
 * Asks until the answer is not null, and returns it; where the only way to learn of a change is to ask.
 * Rejects after `timeoutMs` with what was waited for and the last failure.
 */
export const eventually = async <T>(
  what: string,
  ask: () => Promise<T | null> | T | null,
  timeoutMs = 20_000,
): Promise<T> => {
  const deadlineMs = performance.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const answer = await ask();
      if (answer !== null) return answer;
    } catch (error) {
      cause = error;
    }
    await wait(EVERY_MS);
  } while (performance.now() < deadlineMs);
  throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause });
};
