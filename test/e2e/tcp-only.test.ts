import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { connectFrom, redisCli, untilReply } from '../helpers/example-redis.ts';
import { startExample } from '../helpers/example-start.ts';
import { saveAtOnce } from '../helpers/saved-file.ts';

const VERSION = ['GET', 'version'];
const TESTER = '127.0.0.2';

test('a connection goes by its address; a saved change holds for new ones, and open ones stay', async t => {
  const { process, folder, portOf } = await startExample(t, 'tcp-only', ['--workers', '1']);
  const everybody = { port: portOf(33_306) };
  const tester = { ...everybody, from: TESTER };

  const seen = new Set<string>();
  for (let i = 0; i < 20; i += 1) seen.add(await redisCli(everybody, VERSION));
  // Both stable pods, and never the edge pod, though the Service's selector matches it.
  t.deepEqual([...seen].sort(), ['"db stable (pod db-1)"', '"db stable (pod db-2)"']);
  t.is(await redisCli(tester, VERSION), '"db edge (pod db-edge-1)"');

  const open = await connectFrom(everybody);
  t.teardown(() => open.socket.destroy());
  open.write('GET version\r\n');
  const pod = (await open.untilText(')\r\n')).slice('$20\r\n'.length);
  open.takeReceived();

  const services = join(folder, 'services.yaml');
  const text = await readFile(services, 'utf8');
  await saveAtOnce(services, text.replace('percent: 5', 'percent: 100'));
  await untilReply(everybody, VERSION, '"db edge (pod db-edge-1)"');
  open.write('GET version\r\n');
  t.is(await open.untilText(')\r\n'), `$20\r\n${pod}`);

  await saveAtOnce(
    services,
    text.replace('sluice.dev/tickets', 'sluice.dev/paused: "true"\n    sluice.dev/tickets'),
  );
  await untilReply(tester, VERSION, /^"db stable /);
  t.is(process.stderr, '');
});

test('an edge without pods is answered by stable ones; who has ended his side hears the answer', async t => {
  const { process, folder, portOf } = await startExample(t, 'tcp-only', ['--workers', '1']);
  const tester = { port: portOf(33_306), from: TESTER };
  const pods = join(folder, 'pods.yaml');
  const documents = (await readFile(pods, 'utf8')).split('---\n');
  await saveAtOnce(pods, documents.filter(document => !document.includes('track: edge')).join('---\n'));
  await untilReply(tester, VERSION, /^"db stable /);

  const peer = await connectFrom(tester);
  peer.write('PING\r\n');
  peer.socket.end();
  t.is(await peer.untilEnd(), '+PONG\r\n');

  const resting = await connectFrom(tester);
  resting.write('PING\r\n');
  await resting.untilText('+PONG\r\n');
  process.kill('SIGTERM');
  await resting.untilEnd();
  resting.socket.end();
  t.is((await process.finished).code, 0, process.stderr);
  t.false(process.groupIsAlive);
  await t.throwsAsync(connectFrom(tester), { code: 'ECONNREFUSED' });
});
