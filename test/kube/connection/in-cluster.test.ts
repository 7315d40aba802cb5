import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { inClusterAccess, inClusterServer } from '../../../src/kube/connection/in-cluster.ts';
import { tempFolder } from '../../helpers/temp-folder.ts';

const world = async (t: ExecutionContext) => {
  const folder = await tempFolder(t);
  const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  await write('token', 'first\n');
  await write('ca.crt', 'CA');
  await write('namespace', 'sluice');
  const clock = { nowMs: 0 };
  const access = await inClusterAccess('https://10.96.0.1:443', { now: () => clock.nowMs }, folder);
  const token = async (): Promise<string | undefined> => (await access.credentials()).headers.authorization;
  return { folder, write, clock, access, token };
};

test('a pod shows its token, believes its authority and knows its namespace', async t => {
  const { access } = await world(t);
  t.deepEqual(await access.credentials(), {
    headers: { authorization: 'Bearer first' },
    tls: { ca: Buffer.from('CA') },
  });
  t.is(access.namespace, 'sluice');
});

test('a new token is read within a minute, or at once when the server refuses the old one', async t => {
  const { write, clock, access, token } = await world(t);
  await token();
  await write('token', 'second');
  t.is(await token(), 'Bearer first');
  clock.nowMs = 60_000;
  t.is(await token(), 'Bearer second');
  await write('token', 'third');
  access.renew();
  t.is(await token(), 'Bearer third');
});

test('a token that is missing is a rejection with the name of the file', async t => {
  const { folder, access } = await world(t);
  await rm(join(folder, 'token'));
  await t.throwsAsync(access.credentials(), { message: /token/ });
});

for (const [env, server] of [
  [{}, null],
  [{ KUBERNETES_SERVICE_HOST: '10.96.0.1' }, null],
  [{ KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' }, 'https://10.96.0.1:443'],
  [{ KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' }, 'https://[fd00::1]:6443'],
] as const) {
  test(`the environment ${JSON.stringify(env)} names ${server ?? 'no server'}`, t => {
    t.is(inClusterServer(env), server);
  });
}
