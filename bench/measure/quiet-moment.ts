import { setTimeout as wait } from 'node:timers/promises';
import { coreTicks } from './machine.ts';
import { busyShare } from './process-stat.ts';

const LOOK_MS = 250;
const QUIET_BELOW = 0.1;

/**
 * Waits until nobody else works on these cores: a build or a test beside a measurement spoils it, and mostly ends soon.
 * Bounded, since somebody may keep the machine busy for good; then the sample says how much of the core others took.
 */
export const quietMoment = async (cores: readonly number[], atMostMs: number): Promise<void> => {
  for (let waitedMs = 0; waitedMs < atMostMs; waitedMs += LOOK_MS) {
    const before = await Promise.all(cores.map(coreTicks));
    await wait(LOOK_MS);
    const after = await Promise.all(cores.map(coreTicks));
    const isQuiet = before.every((ticks, index) => {
      const later = after[index];
      return later !== undefined && busyShare(ticks, later) < QUIET_BELOW;
    });
    if (isQuiet) return;
  }
};
