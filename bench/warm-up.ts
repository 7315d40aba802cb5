import type { BenchWorld } from './bench-world.ts';
import type { Lane } from './lane.ts';
import { measureLane } from './measure-lane.ts';
import { givenRate } from './rates.ts';
import type { Scenario } from './scenarios.ts';

/** Above this share of wrong answers something else than the scenario is measured. */
const MAX_ERROR_SHARE = 0.01;
const WARM_UP_SECONDS = 2;

/**
 * Code that is not compiled yet and connections that are not open yet are nobody's figure. Who answers with errors
 * takes no part, as 403 is cheaper than what was asked for: why, or undefined where all was answered.
 */
export const warmUp = async (
  world: BenchWorld,
  lane: Lane,
  scenario: Scenario,
): Promise<string | undefined> => {
  const { requests, errors } = await measureLane(world, lane, {
    scenario,
    seconds: WARM_UP_SECONDS,
    ratePerSecond: givenRate(scenario.load),
    withInstructions: false,
    round: 0,
  });
  return errors > requests * MAX_ERROR_SHARE || requests === 0
    ? `${errors} of ${requests} answers were errors`
    : undefined;
};
