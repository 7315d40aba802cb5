import test, { type ExecutionContext } from 'ava';
import { type RunningServer, startServer } from '../../../router/server.ts';
import { compileBackend } from '../../../router/upstream/backend.ts';
import { Endpoint } from '../../../router/upstream/endpoint.ts';
import type { BackendTls } from '../../../src/core/backend-protocol.ts';
import { type Annotations, annotatedPlan } from '../../helpers/annotated-router.ts';
import { ask } from '../../helpers/ask.ts';
import { NOW_MS, selfSigned } from '../../helpers/certificates.ts';
import { startHttp2Pod } from '../../helpers/http2-pod.ts';
import { TEST_OPTIONS } from '../../helpers/one-pool-router.ts';
import { host, outcomeAt, planOf, prefix, tableOf, to } from '../../helpers/written-plan.ts';

const CLIENT = selfSigned(['router'], NOW_MS);
const STRANGER = selfSigned(['stranger'], NOW_MS);

const TLS: BackendTls = {
  verify: true,
  ca: CLIENT.certificate,
  serverName: 'cart.shop.svc',
  sendsName: true,
  client: null,
};

const tls = (parts: Partial<BackendTls> = {}) =>
  ({ kind: 'tls', http: 1, tls: { ...TLS, ...parts } }) as const;

const routerFor = async (
  t: ExecutionContext,
  annotations: Annotations,
  port: number,
): Promise<RunningServer> => {
  const router = await startServer({
    routing: tableOf(annotatedPlan(annotations, port)),
    port: 0,
    host: '127.0.0.1',
    options: TEST_OPTIONS,
    log: message => t.fail(message),
  });
  t.teardown(() => router.close());
  return router;
};

for (const protocol of ['GRPC', 'h2c'])
  test(`backend-protocol: ${protocol} leads to HTTP/2 in clear, with the word that servers of gRPC ask for`, async t => {
    const pod = await startHttp2Pod({
      onStream: stream => {
        stream.respond({ ':status': 200 });
        stream.end('ok');
      },
    });
    const router = await routerFor(t, { 'backend-protocol': protocol }, pod.port);
    t.is((await ask(router.port, 'taobao.com')).body, 'ok');
    t.like(pod.heads[0], { te: 'trailers', 'x-sluice-track': 'stable', ':authority': 'taobao.com' });
    await pod.close();
  });

test('a client that the pods are spoken to for another way may say TE itself: it is said once', async t => {
  const pod = await startHttp2Pod({
    onStream: stream => {
      stream.respond({ ':status': 200 });
      stream.end('ok');
    },
  });
  const router = await routerFor(t, { 'backend-protocol': 'GRPC' }, pod.port);
  await ask(router.port, 'taobao.com', { headers: { te: 'trailers, gzip' } });
  t.is(pod.heads[0]?.te, 'trailers');
  await pod.close();
});

test('certificates that OpenSSL does not take close the route', t => {
  const client = { chain: CLIENT.certificate, key: STRANGER.key };
  const backend = tls({ client });
  t.false(compileBackend(backend).isUsable);
  const table = tableOf(planOf([host('taobao.com', [[prefix('/'), to('cart', { backend })]])]));
  t.deepEqual(outcomeAt(table, 'taobao.com', '/', {}), { answer: '503 Refused' });
});

test('routes that say the same share their connections, whatever else they ask for', t => {
  const table = tableOf(
    planOf([
      host('a.com', [[prefix('/'), to('cart', { backend: tls() })]]),
      host('b.com', [[prefix('/'), to('cart', { backend: tls(), balance: { kind: 'ewma' } })]]),
      host('c.com', [[prefix('/'), to('cart', { backend: tls({ sendsName: false }) })]]),
      host('d.com', [[prefix('/'), to('cart')]]),
    ]),
  );
  const backendFor = (name: string) => {
    const located = table.locate(name, '/', undefined as never);
    return located?.action?.kind === 'forward' ? located.action.stable.backend : undefined;
  };
  t.truthy(backendFor('a.com'));
  t.is(backendFor('a.com'), backendFor('b.com'));
  t.not(backendFor('a.com'), backendFor('c.com'));
  t.is(backendFor('d.com'), null);
});

test('an endpoint forgets ways to be spoken to that nobody comes back to', t => {
  const endpoint = new Endpoint('10.0.0.1', 80);
  const [before, after] = [compileBackend(tls()), compileBackend(tls())];
  const links = endpoint.linksOf(before);
  links.session = Buffer.from('session');
  t.is(endpoint.linksOf(before), links);
  t.is(endpoint.linksOf(after).session, null);
  t.is(endpoint.linksOf(before).session, null);
});
