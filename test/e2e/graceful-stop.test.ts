// R2: who sends requests must know before it hurts. A load balancer asks /readyz every few seconds and goes on
// sending until it has seen a no; ingress-nginx fails its health check during the same grace.

import { writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ask, askUntil } from '../helpers/ask.ts';
import { countingBackend } from '../helpers/counting-backend.ts';
import { ingressManifest, manifestText, podManifest, serviceManifest } from '../helpers/manifest-text.ts';
import { connectRaw, type RawPeer } from '../helpers/raw-peer.ts';
import { type RunningSluice, startUp } from '../helpers/run-sluice.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

type Scene = RunningSluice & {
  readonly adminPort: number;
  /** Has asked for /slow, which has reached the pod. */
  readonly waiting: RawPeer;
  /** Has asked, and keeps its connection. */
  readonly kept: RawPeer;
  readonly answerSlow: () => void;
};

const GET = 'GET / HTTP/1.1\r\nHost: a.com\r\n\r\n';

const startScene = async (t: ExecutionContext): Promise<Scene> => {
  let hold: (response: ServerResponse) => void;
  const held = new Promise<ServerResponse>(resolve => {
    hold = resolve;
  });
  const pod = await countingBackend(t, 'web', ({ url }, response) =>
    url === '/slow' ? hold(response) : response.end('web'),
  );
  const file = join(await tempFolder(t), 'app.yaml');
  await writeFile(
    file,
    manifestText(
      ingressManifest('web', { 'a.com': [{ path: '/', service: 'web' }] }),
      serviceManifest('web'),
      podManifest('web-1', { app: 'web', port: pod.port }),
    ),
  );
  const flags = [
    '--workers',
    '1',
    '--tls-port',
    '0',
    '--admin-port',
    '0',
    '--drain-wait',
    '3s',
    '--drain',
    '60s',
  ];
  const running = await startUp(t, [...flags, '-f', file]);
  const [, admin] = await running.process.untilStdout(/^Health and metrics are on http:\S+:(\d+)$/m);
  const [waiting, kept] = await Promise.all([connectRaw(running.port), connectRaw(running.port)]);
  t.teardown(() => {
    waiting.socket.destroy();
    kept.socket.destroy();
  });
  waiting.write(GET.replace('/', '/slow'));
  kept.write(GET);
  await kept.untilText('\r\n\r\nweb');
  const response = await held;
  return { ...running, adminPort: Number(admin), waiting, kept, answerSlow: () => response.end('slow') };
};

test('R2: after SIGTERM readiness goes first, requests are served on, what runs is finished, the exit code is 0', async t => {
  const { process, port, adminPort, waiting, kept, answerSlow } = await startScene(t);
  const probe = (path: string) => ask(adminPort, 'localhost', { path });
  t.like(await probe('/readyz'), { status: 200, body: 'ok\n' });
  t.is((await probe('/healthz')).status, 200);
  const counted = await askUntil(
    () => probe('/metrics'),
    ({ body }) => body.includes('\nsluice_requests_total{track="stable",code="2xx"} 1\n'),
  );
  t.regex(counted.body, /^sluice_client_connections 2$/m);

  process.kill('SIGTERM');
  const left = await askUntil(
    () => probe('/readyz'),
    ({ status }) => status !== 200,
  );
  t.like(left, { status: 503, body: 'stopping\n' });
  kept.takeReceived();
  kept.write(GET);
  t.notRegex(await kept.untilText('\r\n\r\nweb'), /^connection:/im);
  t.like(await ask(port, 'a.com'), { status: 200, body: 'web' });
  t.is((await probe('/healthz')).status, 200);
  t.regex(process.stdout, /\nStopping in 3 s: /);

  await process.untilStdout(/^Stopping: no new connections/m);
  await t.throwsAsync(ask(port, 'a.com'), { code: 'ECONNREFUSED' });
  kept.takeReceived();
  kept.write(GET);
  t.regex(await kept.untilEnd(), /^HTTP\/1\.1 200 OK\r\n(?:.*\r\n)*Connection: close\r\n(?:.*\r\n)*\r\nweb$/);
  t.like(await probe('/healthz'), { status: 200 });
  answerSlow();
  t.regex(
    await waiting.untilEnd(),
    /^HTTP\/1\.1 200 OK\r\n(?:.*\r\n)*Connection: close\r\n(?:.*\r\n)*\r\nslow$/,
  );
  kept.socket.end();
  waiting.socket.end();
  const { code, stdout, stderr } = await process.finished;
  t.deepEqual([code, stderr], [0, '']);
  t.true(stdout.endsWith('\nStopped.\n'), stdout);
});
