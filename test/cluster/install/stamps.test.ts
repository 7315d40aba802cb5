import { writeFile } from 'node:fs/promises';
import test from 'ava';
import { tempFolder } from '../../helpers/temp-folder.ts';
import { madeFile } from './stamps.ts';

test('a file is made once for a recipe, and anew for another', async t => {
  const folder = await tempFolder(t);
  const made = madeFile(folder, 'etcd', 'v1');
  t.false(made.isMade());
  await made.make(path => writeFile(path, 'binary'));
  t.true(made.isMade());
  t.true(madeFile(folder, 'etcd', 'v1').isMade());
  t.false(madeFile(folder, 'etcd', 'v2').isMade());
  t.false(madeFile(folder, 'kubectl', 'v1').isMade());
});

test('what is interrupted is not made, whatever there was before', async t => {
  const folder = await tempFolder(t);
  await madeFile(folder, 'etcd', 'v1').make(path => writeFile(path, 'old'));
  const made = madeFile(folder, 'etcd', 'v2');
  const interrupted = made.make(async path => {
    await writeFile(path, 'half');
    throw new Error('interrupted');
  });
  await t.throwsAsync(interrupted, { message: 'interrupted' });
  t.false(made.isMade());
  t.false(madeFile(folder, 'etcd', 'v1').isMade());
});
