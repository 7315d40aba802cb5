import test, { type ExecutionContext } from 'ava';
import { type AdminPage, textAnswer } from '../../src/admin/admin-page.ts';
import { ADMIN_LIMITS, type AdminLimits, startAdminServer } from '../../src/admin/admin-server.ts';
import { closedAtOnce, connectRaw } from '../helpers/raw-peer.ts';

/** More than sockets take in on the way. */
const LARGE = 32_000_000;

const PAGES: readonly AdminPage[] = [
  { path: '/fine', about: 'always fine', answer: () => textAnswer(200, 'fine') },
  { path: '/sad', about: 'never fine', answer: async () => textAnswer(503, 'no reason at all') },
  { path: '/large', about: 'a lot', answer: () => textAnswer(200, 'x'.repeat(LARGE)) },
  {
    path: '/broken',
    about: 'a bug',
    answer: () => {
      throw new Error('secret');
    },
  },
];

const start = async (t: ExecutionContext, limits: Partial<AdminLimits> = {}) => {
  const logged: string[] = [];
  const server = await startAdminServer({
    title: 'a test',
    host: '127.0.0.1',
    port: 0,
    pages: PAGES,
    limits,
    log: (message, error) => logged.push(`${message}: ${error}`),
  });
  t.teardown(() => server.close());
  const ask = async (path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  return { server, logged, ask };
};

const answers = test.macro({
  async exec(t, method: string, path: string, status: number, text: string) {
    const { ask, logged } = await start(t);
    const answer = await ask(path, method);
    t.deepEqual([answer.status, answer.text], [status, text]);
    t.is(answer.headers.get('cache-control'), 'no-store');
    t.is(answer.headers.get('x-powered-by'), null);
    t.deepEqual(logged, []);
  },
  title: (_, method, path, status) => `${method} ${path} gets ${status}`,
});

const NO_PAGE = 'There is no such page; / lists those that there are.\n';
const NO_METHOD = 'Only GET and HEAD are answered here.\n';

test(answers, 'GET', '/fine', 200, 'fine\n');
test(answers, 'GET', '/fine?a=b', 200, 'fine\n');
test(answers, 'HEAD', '/fine', 200, '');
test(answers, 'GET', '/sad', 503, 'no reason at all\n');
test(answers, 'HEAD', '/sad', 503, '');
test(answers, 'GET', '/nowhere', 404, NO_PAGE);
test(answers, 'GET', '/%', 404, NO_PAGE);
test(answers, 'POST', '/nowhere', 404, NO_PAGE);
test(answers, 'POST', '/fine', 405, NO_METHOD);
test(answers, 'DELETE', '/', 405, NO_METHOD);
test(answers, 'OPTIONS', '/fine', 204, '');

test('HEAD tells the length of what GET would bring, and 405 the methods that there are', async t => {
  const { ask } = await start(t);
  t.is((await ask('/fine', 'HEAD')).headers.get('content-length'), '5');
  for (const method of ['PUT', 'OPTIONS']) {
    const { headers } = await ask('/fine', method);
    t.is(headers.get('allow'), 'GET, HEAD');
    t.is(headers.get('connection'), 'close');
  }
});

test('the index lists the pages', async t => {
  const { ask } = await start(t);
  const { text } = await ask('/');
  t.is(text, 'a test\n\n/fine    always fine\n/sad     never fine\n/large   a lot\n/broken  a bug\n');
});

test('a page that fails costs one answer, and says its reason to the log alone', async t => {
  const { ask, logged } = await start(t);
  const { status, text } = await ask('/broken');
  t.deepEqual([status, text], [500, 'This page failed; the reason is in the log.\n']);
  t.deepEqual(logged, ['a bug in the admin page /broken: Error: secret']);
  t.is((await ask('/fine')).status, 200);
});

test('whoever says nothing, or never ends a head, is sent away', async t => {
  const { server } = await start(t, { headTimeoutMs: 40 });
  t.regex(await closedAtOnce(server.port), /^HTTP\/1\.1 408 /);
  t.regex(await closedAtOnce(server.port, 'GET /fine HTTP/1.1\r\nHost: a\r\n'), /^HTTP\/1\.1 408 /);
});

const FINE = 'GET /fine HTTP/1.1\r\nHost: a\r\n';

test('whoever does not read an answer loses the place that others want', async t => {
  const { server } = await start(t, { stallTimeoutMs: 100, maxConnections: 1 });
  const slow = await connectRaw(server.port);
  slow.socket.pause();
  slow.write('GET /large HTTP/1.1\r\nHost: a\r\n\r\n');
  let answer = '';
  while (!answer.endsWith('fine\n'))
    answer = await closedAtOnce(server.port, `${FINE}Connection: close\r\n\r\n`);
  slow.socket.resume();
  t.true((await slow.untilEnd()).length < LARGE);
  slow.socket.destroy();
});

test('whoever asks nothing more is sent away', async t => {
  const { server } = await start(t, { idleMs: 1 });
  const peer = await connectRaw(server.port);
  peer.write(`${FINE}\r\n`);
  t.regex(await peer.untilEnd(), /fine\n$/);
  peer.socket.destroy();
});

test('a head above the limit is refused', async t => {
  const { server } = await start(t);
  const head = `GET /fine HTTP/1.1\r\nHost: a\r\nA: ${'x'.repeat(ADMIN_LIMITS.maxHeaderBytes)}\r\n\r\n`;
  t.regex(await closedAtOnce(server.port, head), /^HTTP\/1\.1 431 /);
});

test('connections above the limit are closed, those that are open go on', async t => {
  const { server } = await start(t, { maxConnections: 1 });
  const first = await connectRaw(server.port);
  first.write('GET /fine HTTP/1.1\r\nHost: a\r\n\r\n');
  await first.untilText('fine\n');
  t.is(await closedAtOnce(server.port, 'GET /fine HTTP/1.1\r\nHost: a\r\n\r\n'), '');
  first.takeReceived();
  first.write('GET /sad HTTP/1.1\r\nHost: a\r\n\r\n');
  t.regex(await first.untilText('reason'), /^HTTP\/1\.1 503 /);
  first.socket.destroy();
});

test('a port in use is told by its code', async t => {
  const { server } = await start(t);
  const config = { title: '', host: '127.0.0.1', port: server.port, pages: [], log: () => undefined };
  await t.throwsAsync(startAdminServer(config), { code: 'EADDRINUSE' });
});

test('a close ends connections that are open', async t => {
  const server = await startAdminServer({
    title: '',
    host: '127.0.0.1',
    port: 0,
    pages: PAGES,
    log: () => undefined,
  });
  const peer = await connectRaw(server.port);
  peer.write('GET /fine HTTP/1.1\r\nHost: a\r\n\r\n');
  await peer.untilText('fine\n');
  await server.close();
  await peer.untilEnd();
  peer.socket.destroy();
  await t.throwsAsync(connectRaw(server.port), { code: 'ECONNREFUSED' });
});
