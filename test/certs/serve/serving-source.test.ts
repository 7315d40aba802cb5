import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { folderSource, secretSource } from '../../../certs/serve/serving-source.ts';
import { tempFolder } from '../../helpers/temp-folder.ts';

test('a folder without the two files has none', async t => {
  const folder = await tempFolder(t);
  t.is(await folderSource(folder).read(), null);
  t.is(await folderSource(join(folder, 'missing')).read(), null);
});

test('a folder has the pair of a mounted Secret', async t => {
  const folder = await tempFolder(t);
  await writeFile(join(folder, 'tls.crt'), 'certificate');
  t.deepEqual(await folderSource(folder).read(), { certificate: 'certificate', key: '' });
  await writeFile(join(folder, 'tls.key'), 'key');
  t.deepEqual(await folderSource(folder).read(), { certificate: 'certificate', key: 'key' });
});

test('what is there and cannot be read is a failure', async t => {
  const folder = await tempFolder(t);
  await mkdir(join(folder, 'tls.crt'));
  await t.throwsAsync(folderSource(folder).read(), { code: 'EISDIR' });
});

test('a Secret has the pair under the keys of kubernetes.io/tls', async t => {
  const secret = { 'tls.crt': 'certificate', 'tls.key': 'key', 'ca.crt': 'authority' };
  const read = secretSource({ read: async () => ({ content: secret, version: '1' }) }).read();
  t.deepEqual(await read, { certificate: 'certificate', key: 'key' });
  t.is(await secretSource({ read: async () => null }).read(), null);
});
