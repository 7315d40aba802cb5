import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { ask, askUntil } from '../helpers/ask.ts';
import { connectFrom, redisCli, untilReply } from '../helpers/example-redis.ts';
import { startExample } from '../helpers/example-start.ts';
import { saveAtOnce } from '../helpers/saved-file.ts';

const VERSION = ['GET', 'version'];
const HOST = 'cache.example';

test('both ports of one app lead the same person to the same version, at the same time', async t => {
  const { process, folder, portOf } = await startExample(t, 'tcp-and-http', ['--workers', '1']);
  const [http, tcp] = [portOf(29_080), portOf(33_380)];
  const bodyFor = async (asked: Parameters<typeof ask>[2] = {}): Promise<string> =>
    (await ask(http, HOST, asked)).body;

  for (const [from, answer] of [
    ['127.0.0.1', 'cache stable (pod cache-1)'],
    ['127.0.0.2', 'cache edge (pod cache-edge-1)'],
  ] as const) {
    // The TCP connection stays open meanwhile.
    const open = await connectFrom({ port: tcp, from });
    open.write('SET who me\r\nGET version\r\n');
    t.is(await open.untilText(')\r\n'), `+OK\r\n$${answer.length}\r\n${answer}\r\n`);
    const body = await bodyFor({ from });
    t.true(body.startsWith(`${answer} served /`), body);
    open.takeReceived();
    open.write('GET who\r\nQUIT\r\n');
    t.is(await open.untilEnd(), '$2\r\nme\r\n+OK\r\n');
    open.socket.end();
  }
  // What TCP cannot show is a ticket of HTTP alone.
  t.regex(await bodyFor({ headers: { 'x-version': 'next' } }), /^cache edge /);
  t.regex(await bodyFor({ headers: { 'x-version': 'old' } }), /^cache stable /);
  t.is((await ask(http, 'other.example')).status, 404);

  const tester = { port: tcp, from: '127.0.0.2' };
  const pods = join(folder, 'pods.yaml');
  const documents = (await readFile(pods, 'utf8')).split('---\n');
  await saveAtOnce(pods, documents.filter(document => !document.includes('track: edge')).join('---\n'));
  await untilReply(tester, VERSION, '"cache stable (pod cache-1)"');
  await askUntil(
    () => ask(http, HOST, { from: '127.0.0.2' }),
    ({ body }) => body.startsWith('cache stable '),
  );
  t.is(await redisCli({ port: tcp }, VERSION), '"cache stable (pod cache-1)"');
  t.notRegex(process.stderr, /error/);
});
