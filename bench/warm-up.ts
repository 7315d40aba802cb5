import type { BenchWorld } from './bench-world.ts';
import type { Lane } from './lane.ts';
import { measureLane } from './measure-lane.ts';
import { givenRate } from './rates.ts';
import type { Scenario } from './scenarios.ts';

/** Above this share of wrong answers something else than the scenario is measured. */
const MAX_ERROR_SHARE = 0.01;
const WARM_UP_SECONDS = 2;
/** V8 compiles what has run often enough: at a few hundred a second that takes longer. */
const WARM_UP_REQUESTS = 10_000;
const MOST_WARM_UP_SECONDS = 20;

/**
 * Code that is not compiled yet and connections that are not open yet are nobody's figure. Who answers with errors
 * takes no part, as 403 is cheaper than what was asked for: why, or undefined where all was answered.
 */
export const warmUp = async (
  world: BenchWorld,
  lane: Lane,
  scenario: Scenario,
): Promise<string | undefined> => {
  const ratePerSecond = givenRate(scenario.load);
  const seconds = Math.max(WARM_UP_SECONDS, WARM_UP_REQUESTS / (ratePerSecond ?? WARM_UP_REQUESTS));
  const { requests, errors } = await measureLane(world, lane, {
    scenario,
    seconds: Math.min(Math.ceil(seconds), MOST_WARM_UP_SECONDS),
    ratePerSecond,
    withInstructions: false,
    round: 0,
  });
  return errors > requests * MAX_ERROR_SHARE || requests === 0
    ? `${errors} of ${requests} answers were errors`
    : undefined;
};
