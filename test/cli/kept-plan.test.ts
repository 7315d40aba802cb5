import { readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { EMPTY_PLAN } from '../../router/routing/plan-delta.ts';
import { KeptPlan } from '../../src/cli/kept-plan.ts';
import type { RoutePlan } from '../../src/core/route-plan.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

const planOf = (...ids: readonly string[]): RoutePlan => ({
  ...EMPTY_PLAN,
  pools: ids.map(id => ({ id, state: 'empty', endpoints: [] })),
});

test('what is kept is read again, by its owner alone', async t => {
  const folder = join(await tempFolder(t), 'state');
  const kept = new KeptPlan(folder);
  t.deepEqual(await kept.read(), { plan: null, reason: null });
  await kept.write(planOf('a'));
  t.deepEqual(await new KeptPlan(folder).read(), { plan: planOf('a') });
  t.is((await stat(join(folder, 'plan.json'))).mode & 0o777, 0o600);
  t.deepEqual(await readdir(folder), ['plan.json']);
});

test('of several writes the last one stays', async t => {
  const folder = await tempFolder(t);
  const kept = new KeptPlan(folder);
  await Promise.all([kept.write(planOf('a')), kept.write(planOf('b')), kept.write(planOf('c'))]);
  t.deepEqual(await kept.read(), { plan: planOf('c') });
});

test('a file that was cut, changed, or kept by another version is not read, and the reason is told', async t => {
  const folder = await tempFolder(t);
  const path = join(folder, 'plan.json');
  const kept = new KeptPlan(folder);
  await kept.write(planOf('a'));
  const text = await readFile(path, 'utf8');
  for (let length = 0; length < text.length; length += 1) {
    await writeFile(path, text);
    await truncate(path, length);
    const { plan } = await kept.read();
    t.is(plan, null, `cut to ${length}`);
  }
  await writeFile(path, text.replace('"a"', '"b"'));
  t.deepEqual(await kept.read(), { plan: null, reason: 'it is damaged' });
  await writeFile(path, text.replace('sluice-plan/2', 'sluice-plan/0'));
  t.deepEqual(await kept.read(), { plan: null, reason: 'another version of Sluice kept it' });
});

test('a folder that cannot be written is an error', async t => {
  const folder = await tempFolder(t);
  await writeFile(join(folder, 'file'), '');
  await t.throwsAsync(new KeptPlan(join(folder, 'file')).write(planOf('a')));
});

test('a full disk leaves what was kept before, and nothing that was half written', async t => {
  const folder = await tempFolder(t);
  const kept = new KeptPlan(folder);
  await kept.write(planOf('a'));
  // Every write to it fails as on a disk that has no room.
  await symlink('/dev/full', join(folder, `.plan.json.${process.pid}`));
  await t.throwsAsync(kept.write(planOf('b')), { code: 'ENOSPC' });
  t.deepEqual(await readdir(folder), ['plan.json']);
  t.deepEqual(await new KeptPlan(folder).read(), { plan: planOf('a') });
  await kept.write(planOf('b'));
  t.deepEqual(await kept.read(), { plan: planOf('b') });
});
