import { rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ManifestReader } from '../../src/standalone/manifest-reader.ts';
import { manifestText, serviceManifest } from '../helpers/manifest-text.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

const textOf = (...names: readonly string[]): string =>
  manifestText(...names.map(name => serviceManifest(name)));

/** A folder with two files of long ago, and a reader of it by a clock that stands. */
const world = async (t: ExecutionContext) => {
  const folder = await tempFolder(t);
  const file = (name: string): string => join(folder, name);
  await writeFile(file('a.yaml'), textOf('a'));
  await writeFile(file('b.yaml'), textOf('b'));
  const clock = { nowMs: Date.now() + 60_000 };
  return { file, clock, reader: new ManifestReader({ paths: [folder], now: () => clock.nowMs }) };
};

test('a file that did not change stays the same object, one that did is another', async t => {
  const { file, reader } = await world(t);
  const before = await reader.read();
  await writeFile(file('b.yaml'), textOf('b', 'c'));
  const after = await reader.read();
  t.is(after.files.get(file('a.yaml')), before.files.get(file('a.yaml')));
  t.not(after.files.get(file('b.yaml')), before.files.get(file('b.yaml')));
});

test('a file with another time and the same bytes stays the same object', async t => {
  const { file, reader } = await world(t);
  const before = await reader.read();
  await utimes(file('a.yaml'), 1, 1);
  const after = await reader.read();
  t.is(after.files.get(file('a.yaml')), before.files.get(file('a.yaml')));
});

test('a file that was written just before it was read is read again, since its time may not tell a second writing', async t => {
  const { file, clock, reader } = await world(t);
  clock.nowMs = Date.now();
  await reader.read();
  const other = file('.other');
  await writeFile(other, textOf('x'));
  await rename(other, file('a.yaml'));
  const changed = (await reader.read()).files.get(file('a.yaml'));
  t.true(changed?.ok === true && changed.manifests[0]?.value.metadata !== undefined);
  t.like(changed, { manifests: [{ value: { metadata: { name: 'x' } } }] });
});
