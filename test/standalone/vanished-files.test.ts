import test from 'ava';
import {
  formatManifestError,
  type ManifestFile,
  type ManifestSet,
  manifestErrors,
  parseManifests,
  rankedManifests,
} from '../../src/standalone/manifest-files.ts';
import { VANISH_GRACE_MS, VanishedFiles } from '../../src/standalone/vanished-files.ts';

const service = (name: string): string => `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\n`;

/** Files of the folder `d` by name and text. */
const set = (files: Readonly<Record<string, string>>): ManifestSet => ({
  files: new Map(
    Object.entries(files).map(([name, text]): [string, ManifestFile] => [
      `d/${name}`,
      parseManifests(`d/${name}`, text, 'd'),
    ]),
  ),
});

const names = (read: ManifestSet): readonly unknown[] =>
  rankedManifests(read).map(
    ({ origin, value }) => `${origin.file} ${(value.metadata as { name: string }).name}`,
  );

const BOTH = set({ 'a.yaml': service('a'), 'b.yaml': service('b') });
const ONLY_B = set({ 'b.yaml': service('b') });
const A_EMPTY = set({ 'a.yaml': ' \n', 'b.yaml': service('b') });

test('a file that has just been deleted is kept until the grace is over', t => {
  const vanished = new VanishedFiles();
  const kept = vanished.kept(BOTH, ONLY_B, 1_000);
  t.deepEqual(names(kept), ['d/a.yaml a', 'd/b.yaml b']);
  t.true(vanished.isWaiting);
  t.is(names(vanished.kept(kept, ONLY_B, 1_000 + VANISH_GRACE_MS - 1)).length, 2);
  t.deepEqual(names(vanished.kept(kept, ONLY_B, 1_000 + VANISH_GRACE_MS)), ['d/b.yaml b']);
  t.false(vanished.isWaiting);
});

test('a file that comes back is as it stands, and its next absence starts anew', t => {
  const vanished = new VanishedFiles();
  const kept = vanished.kept(BOTH, ONLY_B, 0);
  const back = vanished.kept(kept, set({ 'a.yaml': service('a2'), 'b.yaml': service('b') }), 200);
  t.deepEqual(names(back), ['d/a.yaml a2', 'd/b.yaml b']);
  t.false(vanished.isWaiting);
  t.deepEqual(names(vanished.kept(back, ONLY_B, 400)), ['d/a.yaml a2', 'd/b.yaml b']);
});

test('a file that was emptied is kept without a word, then for good and with one', t => {
  const vanished = new VanishedFiles();
  const kept = vanished.kept(BOTH, A_EMPTY, 0);
  t.deepEqual(names(kept), ['d/a.yaml a', 'd/b.yaml b']);
  t.deepEqual(manifestErrors(kept), []);
  t.true(vanished.isWaiting);
  for (const later of [VANISH_GRACE_MS, 60_000]) {
    const told = vanished.kept(BOTH, A_EMPTY, later);
    t.deepEqual(manifestErrors(told).map(formatManifestError), [
      'd/a.yaml: it is empty now, and what it held is kept: delete the file to take that out of force',
    ]);
    t.false(vanished.isWaiting, 'nothing new will come of reading it again');
  }
});

test('a file that never held anything may be empty, and a comment says that it is meant', t => {
  const vanished = new VanishedFiles();
  t.deepEqual(manifestErrors(vanished.kept(ONLY_B, A_EMPTY, 0)), []);
  const commented = set({ 'a.yaml': '# nothing\n', 'b.yaml': service('b') });
  t.deepEqual(names(vanished.kept(BOTH, commented, 0)), ['d/b.yaml b']);
  t.false(vanished.isWaiting);
});

test('an object that moved to another file stands there, and is no duplicate of itself', t => {
  const vanished = new VanishedFiles();
  const renamed = set({ 'b.yaml': service('b'), 'c.yaml': service('a') });
  t.deepEqual(names(vanished.kept(BOTH, renamed, 0)), ['d/b.yaml b', 'd/c.yaml a']);
});

test('files of a folder that cannot be read are for others to keep', t => {
  const vanished = new VanishedFiles();
  const lost: ManifestSet = { files: new Map([['d', { root: 'd', ok: false, errors: [] }]]) };
  t.deepEqual([...vanished.kept(BOTH, lost, 0).files.keys()], ['d']);
  t.false(vanished.isWaiting);
});
