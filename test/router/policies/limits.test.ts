import test from 'ava';
import { RequestNotes } from '../../../router/exchange/request-notes.ts';
import { RequestHead } from '../../../router/http1/request-head.ts';
import { EMPTY_PLAN, planDelta } from '../../../router/routing/plan-delta.ts';
import { annotatedPlan, inAnnotatedWorld } from '../../helpers/annotated-router.ts';
import { connectRaw } from '../../helpers/raw-peer.ts';
import { tableOf } from '../../helpers/written-plan.ts';

test('past limit-rpm and its burst an address gets 503, whichever connection it uses', async t => {
  const annotations = { 'limit-rpm': '1', 'limit-burst-multiplier': '2' };
  const bugs = await inAnnotatedWorld(annotations, {}, async ({ ask, router }) => {
    for (let nth = 0; nth < 3; nth += 1) t.regex(await ask('GET / HTTP/1.1'), /^HTTP\/1\.1 200 /);
    t.regex(await ask('GET / HTTP/1.1'), /^HTTP\/1\.1 503 [\s\S]*code: RateLimited/);
    const other = await connectRaw(router.port);
    other.write('GET / HTTP/1.1\r\nHost: taobao.com\r\nConnection: close\r\n\r\n');
    t.regex(await other.untilEnd(), /^HTTP\/1\.1 503 /);
    other.socket.destroy();
  });
  t.deepEqual(bugs, []);
});

test('limit-whitelist leaves an address unlimited', async t => {
  const annotations = { 'limit-rpm': '1', 'limit-connections': '1', 'limit-whitelist': '127.0.0.0/8' };
  await inAnnotatedWorld(annotations, {}, async ({ ask }) => {
    for (let nth = 0; nth < 20; nth += 1) t.regex(await ask('GET / HTTP/1.1'), /^HTTP\/1\.1 200 /);
  });
});

test('limit-connections counts requests under way, and forgets those that are over', async t => {
  const bugs = await inAnnotatedWorld(
    { 'limit-connections': '1' },
    { answer: () => '' },
    async ({ client, origin, ask, router }) => {
      client.write('GET /slow HTTP/1.1\r\nHost: taobao.com\r\n\r\n');
      const backend = await origin.connection(0);
      const other = await connectRaw(router.port);
      other.write('GET / HTTP/1.1\r\nHost: taobao.com\r\n\r\n');
      t.regex(await other.untilText('request id'), /^HTTP\/1\.1 503 [\s\S]*code: ConnectionLimited/);
      other.takeReceived();
      backend.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      await client.untilText('\r\n\r\n');
      client.takeReceived();
      // A client that goes away in the middle leaves nothing behind.
      other.write('GET /slow HTTP/1.1\r\nHost: taobao.com\r\n\r\n');
      await backend.until(peer => peer.received.split('/slow').length === 3);
      other.socket.resetAndDestroy();
      await backend.untilClosed();
      client.write('GET / HTTP/1.1\r\nHost: taobao.com\r\n\r\n');
      (await origin.connection(1)).write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      t.regex(await client.untilText('\r\n\r\n'), /^HTTP\/1\.1 200 /);
      t.is(typeof ask, 'function');
    },
  );
  t.deepEqual(bugs, []);
});

test('a swap of the table does not forget what an address has asked', t => {
  const plan = annotatedPlan({ 'limit-rpm': '1', 'limit-burst-multiplier': '1' }, 1);
  const table = tableOf(plan);
  const head = new RequestHead();
  t.is(head.parse('GET / HTTP/1.1\r\nHost: taobao.com\r\n'), null);
  head.sourceAddress = '10.0.0.1';
  const asked = (): string => {
    const decision = table.decide(head);
    return decision.checks?.before(head, new RequestNotes())?.code ?? 'passes';
  };
  t.deepEqual([asked(), asked(), asked()], ['passes', 'passes', 'RateLimited']);
  table.apply(planDelta(EMPTY_PLAN, plan));
  t.is(asked(), 'RateLimited', 'all routes of the Ingress, compiled anew or not, share one memory');
});
