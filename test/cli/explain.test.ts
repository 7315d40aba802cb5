import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Explanation } from '../../router/routing/explanation.ts';
import { assertNoStackTrace, CHECKOUT, runSluice } from '../helpers/run-sluice.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

const EXAMPLE = join(CHECKOUT, 'examples/taobao');
const TAOBAO_KEY = '74616f62616f2e636f6dd41d8cd98f00b204e9800998ecf8427e';

/** The example with other text in its Ingress; its warnings of edges without pods are of no interest here. */
const exampleWith = async (t: ExecutionContext, from: string | RegExp, to: string): Promise<string> => {
  const folder = await tempFolder(t);
  await cp(EXAMPLE, folder, { recursive: true });
  const file = join(folder, 'ingress.yaml');
  const text = await readFile(file, 'utf8');
  const changed = text.replace(from, to);
  t.not(changed, text);
  await writeFile(file, changed);
  return folder;
};

const explained = async (t: ExecutionContext, args: readonly string[]): Promise<Explanation> => {
  const { stdout } = await runSluice(t, ['explain', ...args, '-o', 'json']);
  return JSON.parse(stdout) as Explanation;
};

test('the text leads from host to endpoint, step by step', async t => {
  const { code, stdout, stderr } = await runSluice(t, [
    'explain',
    'http://taobao.com/cart?x=1',
    '-f',
    EXAMPLE,
    '-b',
    'uid=10001',
  ]);
  t.is(
    stdout,
    [
      'Host      taobao.com -> taobao.com',
      'Path      /cart -> prefix /cart (spec.rules[0].http.paths[0] of Ingress default/taobao-ing)',
      'Service   cart-svc',
      'Tickets   ticket 0 (testers): does not match, since this does not hold: header foo = "bar"',
      '          ticket 1 (two users who agreed to try it): matches, leads to edge',
      'Track     edge',
      'Pool      default/cart-svc-edge:8080#edge (ready)',
      'Endpoint  127.0.0.1:29183',
      '',
    ].join('\n'),
  );
  t.deepEqual({ code, stderr }, { code: 0, stderr: '' });
});

const spokenTo = test.macro({
  async exec(t, protocol: string, line: string) {
    const annotation = `annotations:\n    nginx.ingress.kubernetes.io/backend-protocol: ${protocol}`;
    const folder = await exampleWith(t, 'annotations:', annotation);
    const { stdout } = await runSluice(t, ['explain', 'http://taobao.com/cart', '-f', folder]);
    t.is(stdout.split('\n').find(shown => shown.startsWith('Pods')) ?? '', line);
  },
  title: (_, protocol) => `how pods are spoken to: ${protocol}`,
});
test(spokenTo, 'HTTP', '');
test(spokenTo, 'GRPC', 'Pods      spoken to by HTTP/2 in clear');
test(
  spokenTo,
  'HTTPS',
  'Pods      spoken to by HTTP/1.1 over TLS as cart-svc.default.svc, by a certificate of the well-known authorities',
);

type Row = {
  readonly args: readonly string[];
  readonly track: string;
  readonly pool: string;
  readonly fellBack?: boolean;
};

const leads = test.macro({
  async exec(t, { args, track, pool, fellBack = false }: Row) {
    const { result } = await explained(t, [...args, '-f', EXAMPLE]);
    if (result.kind !== 'forward') return t.fail(JSON.stringify(result));
    t.deepEqual([result.track, result.pool, result.fellBack], [track, pool, fellBack]);
  },
  title: (_, { args, track, fellBack = false }: Row) =>
    `${args.join(' ')} is led to ${track}${fellBack ? ', since the edge is empty' : ''}`,
});

const CART = { stable: 'default/cart-svc:8080', edge: 'default/cart-svc-edge:8080#edge' };

test(leads, { args: ['http://taobao.com/cart'], track: 'stable', pool: CART.stable });
test(leads, { args: ['taobao.com/cart', '-H', 'foo: bar'], track: 'edge', pool: CART.edge });
test(leads, { args: ['taobao.com/cart', '-H', 'Foo:bar'], track: 'edge', pool: CART.edge });
test(leads, { args: ['taobao.com/cart', '-H', 'foo: baz'], track: 'stable', pool: CART.stable });
test(leads, {
  args: ['http://taobao.com/cart', '-H', 'cookie: uid=10002'],
  track: 'edge',
  pool: CART.edge,
});
test(leads, { args: ['x.example', '-H', 'Host: taobao.com'], track: 'stable', pool: 'default/www-svc:8080' });
test(leads, {
  args: ['https://www.taobao.com:443/cart', '-b', 'a=1', '-b', 'uid=10002'],
  track: 'edge',
  pool: CART.edge,
});
test(leads, { args: ['taobao.com/cart', '-X', 'POST'], track: 'stable', pool: CART.stable });
test(leads, {
  args: ['taobao.com/order', '-H', 'foo: bar'],
  track: 'stable',
  pool: 'default/order-svc:8080',
  fellBack: true,
});
test(leads, { args: ['taobao.com/cartoon'], track: 'stable', pool: 'default/www-svc:8080' });
test(leads, { args: ['taobao.com'], track: 'stable', pool: 'default/www-svc:8080' });

test('files may be named before the URL, one -f each', async t => {
  const { code, stdout } = await runSluice(t, [
    'explain',
    '-f',
    join(EXAMPLE, 'ingress.yaml'),
    '-f',
    join(EXAMPLE, 'services.yaml'),
    '-f',
    join(EXAMPLE, 'pods.yaml'),
    'http://taobao.com/cart',
  ]);
  t.is(code, 0);
  t.regex(stdout, /^Track {5}stable$/m);
});

const answers = test.macro({
  async exec(t, url: string, status: number, answer: RegExp) {
    const [text, json] = await Promise.all([
      runSluice(t, ['explain', url, '-f', EXAMPLE]),
      runSluice(t, ['explain', url, '-f', EXAMPLE, '-o', 'json']),
    ]);
    t.deepEqual([text.code, json.code], [1, 1]);
    t.regex(text.stdout, answer);
    const { result } = JSON.parse(json.stdout) as Explanation;
    t.is(result.kind === 'answer' ? result.status : 0, status);
    t.is(text.stderr, '');
  },
  title: (_, url) => `${url} is answered by the router itself, which is exit code 1`,
});

test(
  answers,
  'http://unknown.example/',
  404,
  /^Host {6}unknown\.example: no Ingress serves it\nAnswer {4}404 /,
);
test(answers, `http://${TAOBAO_KEY}/cart`, 404, /^Answer {4}404 HostKey: .*ask for the host itself/m);

test('address, method and query are those that the flags and the URL name', async t => {
  const folder = await exampleWith(
    t,
    /- header: {foo: bar}\n *description: testers\n/,
    '- {sourceIP: [203.0.113.0/24], method: [POST], query: {beta: "1"}}\n',
  );
  const url = 'http://taobao.com/cart?beta=1';
  const outcome = async (...args: readonly string[]): Promise<unknown> =>
    (await explained(t, [url, '-f', folder, ...args])).tickets[0]?.outcome;
  t.deepEqual(await outcome('-X', 'POST', '--from', '203.0.113.9'), { kind: 'matched' });
  t.regex(JSON.stringify(await outcome('-X', 'POST')), /"failed".*203\.0\.113\.0/);
  t.regex(JSON.stringify(await outcome('--from', '203.0.113.9')), /"failed".*POST/);
});

test('paused tickets are left out, and everybody is stable', async t => {
  const folder = await exampleWith(t, '  annotations:\n', '  annotations:\n    sluice.dev/paused: "true"\n');
  const explanation = await explained(t, ['http://taobao.com/cart', '-H', 'foo: bar', '-f', folder]);
  t.true(explanation.paused);
  t.like(explanation.result, { kind: 'forward', track: 'stable', pool: CART.stable });
  const { stdout } = await runSluice(t, ['explain', 'taobao.com/cart', '-H', 'foo: bar', '-f', folder]);
  t.regex(stdout, /^Tickets {3}ticket 0 \(testers\): left out, tickets are paused \(sluice\.dev\/paused\)$/m);
});

test('an expired ticket says that it has expired', async t => {
  const folder = await exampleWith(
    t,
    '- header: {foo: bar}\n',
    '- header: {foo: bar}\n        expires: "2026-01-02T03:04:05Z"\n',
  );
  const { code, stdout } = await runSluice(t, ['explain', 'taobao.com/cart', '-H', 'foo: bar', '-f', folder]);
  t.is(code, 0);
  t.regex(stdout, /^Tickets {3}ticket 0 \(testers\): does not match, .*2026-01-02T03:04:05/m);
  t.regex(stdout, /^Track {5}stable$/m);
});

test('an edge that shall not fall back answers 503 when it is empty', async t => {
  const folder = await exampleWith(
    t,
    '  annotations:\n',
    '  annotations:\n    sluice.dev/on-empty-edge: unavailable\n',
  );
  const { code, stdout } = await runSluice(t, [
    'explain',
    'taobao.com/order',
    '-H',
    'foo: bar',
    '-f',
    folder,
  ]);
  t.is(code, 1);
  t.regex(stdout, /^Answer {4}503 /m);
});

const refuses = test.macro({
  async exec(t, code: 1 | 2, args: readonly string[], stderr: RegExp) {
    const finished = await runSluice(t, ['explain', ...args, '-f', EXAMPLE]);
    t.is(finished.code, code);
    t.is(finished.stdout, '');
    t.regex(finished.stderr, stderr);
    t.is(finished.stderr.trimEnd().split('\n').length, 1, finished.stderr);
    assertNoStackTrace(t, finished);
  },
  title: (_, code, args: readonly string[]) =>
    `explain ${args.map(arg => JSON.stringify(arg)).join(' ')} is refused with exit code ${code}`,
});

test(refuses, 2, [''], /URL "" names no host; write e\.g\. http:\/\/taobao\.com\/cart\./);
test(refuses, 2, ['http:///cart'], /names no host/);
test(refuses, 2, ['ftp://taobao.com/'], /is neither http:\/\/, https:\/\/ nor tcp:\/\//);
test(refuses, 2, ['taobao.com', '-H', 'no colon'], /-H "no colon" is no header line; write "name: value"/);
test(refuses, 2, ['taobao.com', '--from', 'home'], /--from "home" is no IP address; write e\.g\./);
test(refuses, 1, ['taobao.com/%zz'], /the router answers this request with 400: /);
test(refuses, 1, ['taobao.com:http/'], /the router answers this request with 400: .*Host/);
test(refuses, 1, ['taobao.com', '-X', 'GET IT'], /the router answers this request with 400: /);
test(refuses, 1, ['taobao.com', '-X', 'BREW'], /the router answers this request with 501: /);
test(refuses, 1, ['taobao.com', '-H', 'a: 1\r\nHost: evil.example'], /400: /);
