import test, { type ExecutionContext } from 'ava';
import { type Asked, ask } from '../helpers/ask.ts';
import { demoFolder } from '../helpers/demo-folder.ts';
import { ANY_PORTS, EXAMPLE_START, startExample } from '../helpers/example-start.ts';
import { connectRaw } from '../helpers/raw-peer.ts';
import { type RunningSluice, startNode } from '../helpers/run-sluice.ts';

const TAOBAO_KEY = '74616f62616f2e636f6dd41d8cd98f00b204e9800998ecf8427e';

/** `npm start` on a copy of the example. */
const startDemo = async (t: ExecutionContext): Promise<RunningSluice> => {
  const { process, portOf } = await startExample(t, 'taobao');
  t.regex(process.stdout, /^Sluice serves 2 hosts, 6 routes on http:\/\/localhost:\d+$/m);
  return { process, port: portOf(29_080) };
};

type Check = readonly [title: string, host: string, asked: Asked, answer: RegExp];

const CHECKS: readonly Check[] = [
  ['/cart is stable', 'taobao.com', { path: '/cart' }, /^cart stable .* \/cart, track header: stable$/],
  [
    '/cart with foo: bar is edge',
    'taobao.com',
    { path: '/cart', headers: { foo: 'bar' } },
    /^cart edge \(pod cart-edge-1\) .* track header: edge$/,
  ],
  [
    '/cart with foo: baz is stable',
    'taobao.com',
    { path: '/cart', headers: { foo: 'baz' } },
    /^cart stable /,
  ],
  [
    '/order with foo: bar is stable, since its edge is empty',
    'taobao.com',
    { path: '/order', headers: { foo: 'bar' } },
    /^order stable .* track header: stable$/,
  ],
  ['/cartoon is no path below /cart', 'taobao.com', { path: '/cartoon' }, /^www stable .* \/cartoon,/],
  ['the alias is served alike', 'www.taobao.com', { path: '/cart/1' }, /^cart stable .* \/cart\/1,/],
  ['tickets hold for the alias', 'www.taobao.com', { path: '/cart', headers: { foo: 'bar' } }, /^cart edge /],
  [
    'a user of the cookie ticket is edge',
    'taobao.com',
    { path: '/cart', headers: { cookie: 'a=b; uid=10002' } },
    /^cart edge /,
  ],
  [
    'any other user is stable',
    'taobao.com',
    { path: '/cart', headers: { cookie: 'uid=10003' } },
    /^cart stable /,
  ],
  [
    'who sends the track header is not believed',
    'taobao.com',
    { path: '/cart', headers: { 'x-sluice-track': 'edge' } },
    /^cart stable .* track header: stable$/,
  ],
  ['port and trailing dot of Host are dropped', 'TAOBAO.com.:29080', { path: '/' }, /^www stable /],
];

test('the example answers as its README says', async t => {
  const { process, port } = await startDemo(t);
  for (const [title, host, asked, answer] of CHECKS) {
    const { status, body } = await ask(port, host, asked);
    t.is(status, 200, title);
    t.regex(body.trimEnd(), answer, title);
  }
  for (const host of ['unknown.example', TAOBAO_KEY, `${TAOBAO_KEY}.`]) {
    t.is((await ask(port, host, { path: '/cart', headers: { foo: 'bar' } })).status, 404, host);
  }
  t.is(process.groupIsAlive, true);
});

test('the start prints the route table and three curl lines that do what they show', async t => {
  const { process, port } = await startDemo(t);
  const table = process.stdout.split('\n');
  t.true(
    table.some(line => /^taobao\.com +\/cart +cart-svc +2 ready +1 ready +default\/taobao-ing$/.test(line)),
    process.stdout,
  );
  t.true(table.some(line => /^www\.taobao\.com +\/order +order-svc +1 ready +none ready +/.test(line)));
  const curls = table.filter(line => line.startsWith('curl '));
  t.deepEqual(curls, [
    `curl -H 'Host: taobao.com' http://localhost:${port}/cart`,
    `curl -H 'Host: taobao.com' -H 'foo: bar' http://localhost:${port}/cart`,
    `curl -H 'Host: taobao.com' -b 'uid=10001' http://localhost:${port}/cart`,
  ]);
  const [, admin] = /^Health and metrics are on (http:\/\/127\.0\.0\.1:\d+)$/m.exec(process.stdout) ?? [];
  t.is(await (await fetch(`${admin}/readyz`)).text(), 'ok\n');
  t.regex((await ask(port, 'taobao.com', { path: '/cart' })).body, /^cart stable/);
  t.regex((await ask(port, 'taobao.com', { path: '/cart', headers: { foo: 'bar' } })).body, /^cart edge/);
  t.regex(
    (await ask(port, 'taobao.com', { path: '/cart', headers: { cookie: 'uid=10001' } })).body,
    /^cart edge/,
  );
  t.notRegex(process.stderr, /error/);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} to the whole group, as a terminal sends it, ends the example cleanly`, async t => {
    const { process, port } = await startDemo(t);
    // Connections that stay open are no reason to wait.
    const idle = await connectRaw(port, { allowHalfOpen: false });
    idle.write('GET /cart HTTP/1.1\r\nHost: taobao.com\r\n\r\n');
    await idle.untilText('cart stable');
    process.kill(signal);
    const { code, stdout, stderr } = await process.finished;
    t.is(code, 0, stderr);
    if (signal === 'SIGINT') t.regex(stdout, /\nStopping: .*\nStopped\.\n$/);
    t.false(process.groupIsAlive);
    await t.throwsAsync(ask(port, 'taobao.com'), { code: 'ECONNREFUSED' });
    idle.socket.destroy();
  });
}

test('SIGTERM to the parent alone ends the whole example', async t => {
  const { process } = await startDemo(t);
  globalThis.process.kill(process.pid, 'SIGTERM');
  const { code, stdout } = await process.finished;
  t.is(code, 0);
  t.regex(stdout, /\nStopping: .*\nStopped\.\n$/);
  t.false(process.groupIsAlive);
});

test('a port of the example in use is one line, and nothing is left running', async t => {
  const { path: folder } = await demoFolder(t);
  const first = startNode(t, [EXAMPLE_START, folder, ...ANY_PORTS], { detached: true });
  await first.untilStdout(/^Watching /m);
  const second = startNode(t, [EXAMPLE_START, folder, ...ANY_PORTS], { detached: true });
  const { code, stdout, stderr } = await second.finished;
  t.deepEqual([code, stdout], [1, '']);
  t.regex(
    stderr,
    /^demo pods: port \d+ \(pod cart-1\) is in use, .*: end the process that holds it, or change /,
  );
  t.is(stderr.split('\n').length, 2, stderr);
  t.false(second.groupIsAlive);
});

test("a port of the router's in use ends the demo pods too", async t => {
  const { port } = await startDemo(t);
  const { path: folder } = await demoFolder(t);
  const second = startNode(t, [EXAMPLE_START, folder, ...ANY_PORTS, '--port', `${port}`], { detached: true });
  const { code, stderr } = await second.finished;
  t.is(code, 1);
  t.regex(stderr, new RegExp(`^sluice up: port ${port} is in use; end the process`, 'm'));
  t.false(second.groupIsAlive);
});
