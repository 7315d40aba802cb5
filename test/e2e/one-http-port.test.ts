import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:http2';
import { request } from 'node:https';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ask, askUntil } from '../helpers/ask.ts';
import { type RunningExample, startExample } from '../helpers/example-start.ts';
import { saveAtOnce } from '../helpers/saved-file.ts';

const HOST = 'hello.example';

type Asked = { readonly path: string; readonly headers?: Record<string, string> };
type Protocol = (asked: Asked) => Promise<string>;

const textOf = async (stream: AsyncIterable<unknown>): Promise<string> => {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
};

/** The ways to reach the example; what is sent over TLS trusts the example's certificate alone. */
const protocolsOf = async (
  t: ExecutionContext,
  { portOf, fileOf }: RunningExample,
): Promise<Readonly<Record<string, Protocol>>> => {
  const trusted = {
    servername: HOST,
    ca: await readFile(fileOf('examples/one-http-port/generated/ca.crt')),
  };
  const session = connect(`https://127.0.0.1:${portOf(29_443)}`, trusted);
  // Its streams fail with it; an error that nobody hears would end this process, and leave the example running.
  session.on('error', () => undefined);
  t.teardown(() => session.destroy());
  return {
    'HTTP/1.1': async asked => (await ask(portOf(29_080), HOST, asked)).body,
    HTTPS: async ({ path, headers }) => {
      const sent = request({
        ...trusted,
        host: '127.0.0.1',
        port: portOf(29_443),
        path,
        headers: { host: HOST, ...headers },
        agent: false,
      });
      sent.end();
      return textOf((await once(sent, 'response'))[0]);
    },
    // All of them on one connection.
    'HTTP/2': ({ path, headers }) =>
      textOf(session.request({ ':authority': HOST, ':path': path, ...headers })),
  };
};

const CHECKS: readonly (readonly [asked: Asked, answer: RegExp])[] = [
  [{ path: '/' }, /^hello stable \(pod hello-[12]\) served \/, track header: stable\n$/],
  [
    { path: '/a', headers: { 'x-version': 'next' } },
    /^hello edge \(pod hello-edge-1\) served \/a, .* edge\n$/,
  ],
  [{ path: '/a', headers: { 'x-version': 'next2' } }, /^hello stable /],
  [{ path: '/b?preview' }, /^hello edge .* served \/b\?preview, /],
  [{ path: '/b?preview=1&x' }, /^hello edge /],
  [{ path: '/preview' }, /^hello stable /],
  [{ path: '/', headers: { 'x-sluice-track': 'edge' } }, /^hello stable /],
];

test('the same requests are grey over HTTP/1.1, HTTPS and HTTP/2; a host may be on HTTPS alone', async t => {
  const example = await startExample(t, 'one-http-port', ['--workers', '1']);
  const { process, folder, portOf } = example;
  for (const [name, send] of Object.entries(await protocolsOf(t, example))) {
    const answers = await Promise.all(CHECKS.map(([asked]) => send(asked)));
    for (const [at, [asked, answer]] of CHECKS.entries())
      t.regex(answers[at] ?? '', answer, `${name} ${JSON.stringify(asked)}`);
  }
  const ingress = join(folder, 'ingress.yaml');
  const text = await readFile(ingress, 'utf8');
  await saveAtOnce(ingress, text.replace(/^.*ssl-redirect.*\n/m, ''));
  const { headers } = await askUntil(
    () => ask(portOf(29_080), HOST, { path: '/a?b' }),
    ({ status }) => status === 308,
  );
  t.is(headers.location, `https://${HOST}:${portOf(29_443)}/a?b`);
  t.is(process.stderr, '');
});
