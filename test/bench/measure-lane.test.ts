import test from 'ava';
import { isDisturbed } from '../../bench/measure-lane.ts';

const disturbed = test.macro({
  exec(t, foreignBusy: number, stolen: number, offeredPerSecond: number | null, expected: boolean) {
    t.is(isDisturbed({ foreignBusy, stolen, offeredPerSecond }), expected);
  },
  title: (_, foreignBusy, stolen, offeredPerSecond, expected) =>
    `${foreignBusy} taken by others and ${stolen} stolen at ${offeredPerSecond ?? 'a peak'} ${expected ? 'is' : 'is not'} a disturbance`,
});

test(disturbed, 0.05, 0, null, false);
test(disturbed, 0.2, 0, null, true);
test(disturbed, 0, 0.02, null, false);
test(disturbed, 0, 0.02, 3_000, true);
test(disturbed, 0, 0.06, null, true);
