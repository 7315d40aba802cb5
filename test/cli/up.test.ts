import { writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ask } from '../helpers/ask.ts';
import { countingBackend } from '../helpers/counting-backend.ts';
import { ingressManifest, manifestText, podManifest, serviceManifest } from '../helpers/manifest-text.ts';
import { connectRaw, type RawPeer } from '../helpers/raw-peer.ts';
import { type RunningSluice, startUp } from '../helpers/run-sluice.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

/** Manifests that lead a.com to one pod on a port of this machine. */
const oneApp = async (t: ExecutionContext, port: number): Promise<string> => {
  const file = join(await tempFolder(t), 'app.yaml');
  const manifests = [
    ingressManifest('web', { 'a.com': [{ path: '/', service: 'web' }] }),
    serviceManifest('web'),
    podManifest('web-1', { app: 'web', port }),
  ];
  await writeFile(file, manifestText(...manifests));
  return file;
};

type Held = RunningSluice & { readonly client: RawPeer; readonly answer: () => void };

/** A router with one request under way, whose backend answers when the test says so. */
const withRequestUnderWay = async (t: ExecutionContext, ...flags: readonly string[]): Promise<Held> => {
  let respond: (response: ServerResponse) => void;
  const arrived = new Promise<ServerResponse>(resolve => {
    respond = resolve;
  });
  const { port: backendPort } = await countingBackend(t, 'web', (_, response) => respond(response));
  const { process, port } = await startUp(t, [...flags, '-f', await oneApp(t, backendPort)]);
  const client = await connectRaw(port, { allowHalfOpen: false });
  t.teardown(() => client.socket.destroy());
  client.write('GET / HTTP/1.1\r\nHost: a.com\r\n\r\n');
  const response = await arrived;
  return { process, port, client, answer: () => response.end('late but whole') };
};

test('--port 0 prints the port that was given', async t => {
  const { port: backendPort } = await countingBackend(t, 'web');
  const { process, port } = await startUp(t, ['-f', await oneApp(t, backendPort)]);
  t.true(port > 0);
  t.is((await ask(port, 'a.com')).body, 'web');
  t.true(process.stdout.includes(`\ncurl -H 'Host: a.com' http://localhost:${port}/\n`));
  t.is(process.stderr, '');
});

test('it listens on the given address only, and says so', async t => {
  const { port: backendPort } = await countingBackend(t, 'web');
  const { process, port } = await startUp(t, ['--address', '127.0.0.2', '-f', await oneApp(t, backendPort)]);
  t.true(process.stdout.includes(`\ncurl -H 'Host: a.com' http://127.0.0.2:${port}/\n`), process.stdout);
  t.is((await fetch(`http://127.0.0.2:${port}/`)).status, 404);
  await t.throwsAsync(ask(port, 'a.com'), { code: 'ECONNREFUSED' });
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`after ${signal} no connection is taken, what runs is finished, and the exit code is 0`, async t => {
    const { process, port, client, answer } = await withRequestUnderWay(t);
    process.kill(signal);
    await process.untilStdout(/^Stopping: /m);
    await t.throwsAsync(ask(port, 'a.com'), { code: 'ECONNREFUSED' });
    // Twice, as a process group and its parent send it.
    if (signal === 'SIGTERM') process.kill(signal);
    answer();
    const received = await client.untilClosed();
    t.true(received.startsWith('HTTP/1.1 200 OK\r\n') && received.includes('late but whole'), received);
    const { code, stdout, stderr } = await process.finished;
    t.is(code, 0);
    t.true(stdout.endsWith('\nStopped.\n'), stdout);
    t.is(stderr, '');
  });
}

test('what has not finished within --drain is cut, and the exit code is 0', async t => {
  const { process, client } = await withRequestUnderWay(t, '--workers', '1', '--drain', '50ms');
  process.kill('SIGTERM');
  t.is(await client.untilClosed(), '');
  const { code, stdout } = await process.finished;
  t.is(code, 0);
  t.true(stdout.endsWith('\nStopped.\n'), stdout);
});

test('a second signal ends what still runs at once', async t => {
  const { process, client } = await withRequestUnderWay(t);
  process.kill('SIGTERM');
  await process.untilStdout(/^Stopping: /m);
  process.kill('SIGINT');
  const { code, signal, stderr } = await process.finished;
  t.deepEqual({ code, signal, stderr }, { code: 1, signal: null, stderr: '' });
  t.notRegex(await client.untilClosed(), /200/);
});
