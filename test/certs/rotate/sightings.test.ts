import test from 'ava';
import { NO_SIGHTINGS, type SeenNow, seenForMs, withSeen } from '../../../certs/rotate/sightings.ts';

const seen = (authority: string, isAnnounced: boolean, isSwitched = false): SeenNow => ({
  authority,
  isAnnounced,
  isSwitched,
});

const announcedMs = (looks: readonly (readonly [number, SeenNow])[], authority: string): number => {
  let sightings = NO_SIGHTINGS;
  let lastMs = 0;
  for (const [atMs, now] of looks) {
    sightings = withSeen(sightings, now, atMs);
    lastMs = atMs;
  }
  return seenForMs(sightings.announced, authority, lastMs);
};

test('a sighting lasts from the first look of an unbroken row', t => {
  t.is(announcedMs([], 'a'), -1);
  t.is(announcedMs([[5, seen('a', true)]], 'a'), 0);
  t.is(
    announcedMs(
      [
        [5, seen('a', true)],
        [9, seen('a', true)],
      ],
      'a',
    ),
    4,
  );
});

test('a look that does not see it begins anew', t => {
  const looks = [
    [5, seen('a', true)],
    [6, seen('a', false)],
    [9, seen('a', true)],
  ] as const;
  t.is(announcedMs(looks, 'a'), 0);
  t.is(announcedMs(looks.slice(0, 2), 'a'), -1);
});

test('another authority begins anew, and what was seen of one says nothing of the other', t => {
  const looks = [
    [5, seen('a', true)],
    [9, seen('b', true)],
  ] as const;
  t.is(announcedMs(looks, 'b'), 0);
  t.is(announcedMs(looks, 'a'), -1);
});

test('announcing and switching are counted apart', t => {
  const announced = withSeen(NO_SIGHTINGS, seen('a', true), 1);
  const both = withSeen(announced, seen('a', true, true), 3);
  t.is(seenForMs(both.announced, 'a', 4), 3);
  t.is(seenForMs(both.switched, 'a', 4), 1);
});
