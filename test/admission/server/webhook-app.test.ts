import test from 'ava';
import { hostKey } from '../../../src/core/host-key.ts';
import { ingressOf, NOW_MS, ruleOf } from '../../helpers/admission.ts';
import { reviewOf } from '../../helpers/admission-review.ts';
import { selfSigned } from '../../helpers/certificates.ts';
import { ManualTimers } from '../../helpers/manual-timers.ts';
import { tlsSecret } from '../../helpers/tls-secrets.ts';
import { apiServerAgent, connectTls, WEBHOOK_CLOCK, webhookWorld } from '../../helpers/webhook-world.ts';

const headOf = (length: number): string =>
  `POST /mutate?timeout=3s HTTP/1.1\r\nHost: webhook\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

const untilText = (socket: NodeJS.ReadableStream, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let received = '';
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString('latin1');
      if (received.includes(text)) resolve(received);
    });
    socket.on('close', () => reject(new Error(`closed after ${received}`)));
  });

test('a review that does not arrive within its timeout is refused and its connection ended', async t => {
  const timers = new ManualTimers();
  const world = await webhookWorld(t, { clock: { ...WEBHOOK_CLOCK, after: timers.after } });
  const socket = await connectTls(t, world.port);
  const answer = untilText(socket, 'within its timeout');
  const closed = new Promise(resolve => socket.once('close', resolve));
  socket.write(`${headOf(1000)}{"kind":`);
  await timers.untilSet(3000);
  timers.ring(3000);
  t.regex(await answer, /^HTTP\/1\.1 408 .*Connection: close/s);
  await closed;
});

test('a timeout that is none is the default, a longer one than there is the longest', async t => {
  const timers = new ManualTimers();
  const { port } = await webhookWorld(t, { clock: { ...WEBHOOK_CLOCK, after: timers.after } });
  for (const [query, expectedMs] of [
    ['', 10_000],
    ['?timeout=soon', 10_000],
    ['?timeout=1h0m0s', 30_000],
    ['?timeout=7s', 7000],
  ] as const) {
    const socket = await connectTls(t, port);
    socket.write(headOf(10).replace('?timeout=3s', query));
    await timers.untilSet(expectedMs);
    socket.destroy();
  }
  t.pass();
});

test('a review whose caller has given up by the time of its turn is not computed', async t => {
  let nowMs = 0;
  let asked = 0;
  const world = await webhookWorld(t, {
    clock: {
      ...WEBHOOK_CLOCK,
      // As if the body had taken three seconds to be read.
      now: () => {
        nowMs += 3000;
        return nowMs;
      },
    },
    context: () => {
      asked += 1;
      throw new Error('not to be asked');
    },
  });
  const { status } = await world.call({ body: reviewOf() });
  t.is(status, 408);
  t.is(asked, 0);
});

test('above the number of reviews under way the next is refused, until one is done', async t => {
  const timers = new ManualTimers();
  const world = await webhookWorld(t, {
    clock: { ...WEBHOOK_CLOCK, after: timers.after },
    limits: { maxReviews: 1 },
  });
  const body = JSON.stringify(reviewOf());
  const socket = await connectTls(t, world.port);
  const first = untilText(socket, '"allowed":true');
  socket.write(headOf(Buffer.byteLength(body)));
  await timers.untilSet(3000);
  const refused = await world.call({ body });
  t.is(refused.status, 503);
  t.is(refused.text, 'sluice: too many reviews are under way\n');
  socket.write(body);
  t.regex(await first, /^HTTP\/1\.1 200 /);
  t.is((await world.call({ body })).status, 200);
});

test('bodies are held up to a sum, which is given back whatever became of them', async t => {
  const body = JSON.stringify(reviewOf());
  const world = await webhookWorld(t, { limits: { maxHeldBytes: Buffer.byteLength(body) } });
  const large = JSON.stringify(reviewOf({ object: ingressOf({ annotations: { note: 'x'.repeat(4000) } }) }));
  for (let round = 0; round < 3; round += 1) {
    t.is((await world.call({ body: large })).status, 503);
    t.is((await world.call({ body: '{' })).status, 400);
    t.is((await world.call({ body })).status, 200);
  }
});

test('a caller that goes away in the middle of a body leaves nothing behind', async t => {
  const world = await webhookWorld(t, { limits: { maxReviews: 1 } });
  for (let round = 0; round < 3; round += 1) {
    const socket = await connectTls(t, world.port);
    const seen = world.events.length;
    socket.write(`${headOf(1000)}{`);
    // Whether the request is seen before the end of its connection is the kernel's choice; a closed one is told of once it was.
    await new Promise(resolve => socket.write(' ', resolve));
    socket.end();
    await world.untilEvent(event => world.events.indexOf(event) >= seen && event.kind === 'refused');
  }
  t.deepEqual(
    world.events.map(event => event.kind === 'refused' && event.reason),
    ['BodyCutOff', 'BodyCutOff', 'BodyCutOff'],
  );
  t.is((await world.call({ body: reviewOf() })).status, 200);
});

test('a bug is a failed call, never a denial, and its text stays in the log', async t => {
  const error = new Error('the secret is 42');
  const world = await webhookWorld(t, {
    context: () => {
      throw error;
    },
  });
  const { status, text, headers } = await world.call({ body: reviewOf() });
  t.is(status, 500);
  t.is(text, 'sluice: internal error; it is in the log of this webhook\n');
  t.is(headers['content-type'], 'text/plain; charset=utf-8');
  t.deepEqual(world.events, [
    { kind: 'bug', error },
    { kind: 'refused', reason: 'Bug', status: 500, detail: '' },
  ]);
});

test('what happened is told without a value of the object', async t => {
  const world = await webhookWorld(t);
  const secret = 'do-not-log-me';
  const object = ingressOf({
    annotations: { 'sluice.dev/paused': secret },
    rules: [ruleOf(null, { path: secret })],
  });
  await world.call({ path: '/validate', body: reviewOf({ object }) });
  await world.call({ path: '/mutate', body: reviewOf({ dryRun: true }) });
  await world.call({ body: `{"a": "${secret}" b}` });
  const [denied, patched, refused] = world.events.map(event =>
    event.kind === 'reviewed' ? { ...event, durationMs: 0 } : event,
  );
  const reviewed = {
    kind: 'reviewed',
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    operation: 'CREATE',
    namespace: 'shop',
    name: 'web',
    username: 'anna',
    durationMs: 0,
  } as const;
  t.deepEqual(denied, {
    ...reviewed,
    webhook: 'validate',
    outcome: 'denied',
    dryRun: false,
    codes: ['AnnotationInvalid', 'PathInvalid'],
    warningCount: 0,
  });
  t.deepEqual(patched, {
    ...reviewed,
    webhook: 'mutate',
    outcome: 'patched',
    dryRun: true,
    codes: [],
    warningCount: 0,
  });
  t.deepEqual(refused, {
    kind: 'refused',
    reason: 'BadReview',
    status: 400,
    detail: 'the body is not JSON (position 22)',
  });
  t.notRegex(JSON.stringify(world.events), new RegExp(secret));
});

test('/healthz says yes while the process works, /readyz says what is missing', async t => {
  const reasons = ['no certificate is stored yet', 'the index is still being filled'];
  let notReady: readonly string[] = reasons;
  const world = await webhookWorld(t, { notReady: () => notReady });
  const ask = (path: string) => world.call({ method: 'GET', path });
  t.is((await ask('/healthz')).status, 200);
  const { status, text } = await ask('/readyz');
  t.is(status, 503);
  t.is(text, `sluice: ${reasons.join('\n')}\n`);
  notReady = [];
  t.is((await ask('/readyz')).status, 200);
});

test('one connection carries one review after the other, and stays open longer than an API server keeps it', async t => {
  const world = await webhookWorld(t);
  const agent = apiServerAgent(t, 1);
  const ports = new Set<unknown>();
  for (let round = 0; round < 5; round += 1) {
    const { status, headers } = await world.call({ body: reviewOf(), agent });
    t.is(status, 200);
    t.true(Number(/timeout=(\d+)/.exec(String(headers['keep-alive']))?.[1]) > 90);
    for (const sockets of Object.values(agent.freeSockets))
      for (const socket of sockets ?? []) ports.add(socket.localPort);
  }
  t.is(ports.size, 1);
});

test('the stored object comes out of the answers of both webhooks', async t => {
  const world = await webhookWorld(t);
  const { text } = await world.call({ body: reviewOf() });
  const { response } = JSON.parse(text);
  const patch = JSON.parse(Buffer.from(response.patch, 'base64').toString('utf8'));
  t.true(patch.some(({ value }: { value: unknown }) => value === hostKey('taobao.com')));
  const denied = await world.call({
    path: '/validate',
    body: reviewOf({ object: ingressOf({ rules: [ruleOf('a b')] }) }),
  });
  t.like(JSON.parse(denied.text).response, { allowed: false, status: { code: 422, reason: 'Invalid' } });
});

test('the Secrets of spec.tls are looked at when the final object is validated, and only those of our classes', async t => {
  const asked: string[] = [];
  const world = await webhookWorld(t, {
    lookUp: async names => {
      asked.push(...names.map(({ namespace, name }) => `${namespace}/${name}`));
      return new Map([
        ['shop/missing', undefined],
        ['shop/good', tlsSecret('good', selfSigned(['taobao.com'], NOW_MS))],
      ]);
    },
  });
  const spec = {
    tls: ['missing', 'good', 'hidden'].map(secretName => ({ hosts: ['taobao.com'], secretName })),
  };
  const body = reviewOf({ object: ingressOf({ spec }) });
  await world.call({ path: '/mutate', body });
  await world.call({
    path: '/validate',
    body: reviewOf({ object: ingressOf({ spec, className: 'nginx' }) }),
  });
  await world.call({ path: '/validate', body: reviewOf() });
  t.deepEqual(asked, []);
  const { text } = await world.call({ path: '/validate', body });
  t.deepEqual(asked, ['shop/missing', 'shop/good', 'shop/hidden']);
  const { response } = JSON.parse(text) as { response: { allowed: boolean; warnings: readonly string[] } };
  t.true(response.allowed);
  t.deepEqual(
    response.warnings.filter(warning => warning.startsWith('spec.tls')),
    ['spec.tls[0].secretName: Secret "missing" does not exist; its hosts are shown the default certificate.'],
  );
});
