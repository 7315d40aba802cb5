import test from 'ava';
import { eventually } from '../control-plane/eventually.ts';
import { setPodStatus } from '../control-plane/pods.ts';
import { canInstall, productForTests } from '../product/product-for-tests.ts';
import { answeredBy, ask, GREY, type Headers, ingress, Shop } from './shop.ts';
import { steadyLoad } from './steady-load.ts';

const world = productForTests(test);
const { plane, product } = world;
const serial = canInstall ? test.serial : test.serial.skip;

const HOST = 'taobao.com';
const TICKETS = '{header: {foo: bar}}';
const LIMIT_MS = 1_000;
const CHANGES = 20;
const NEW_EDGES = 5;

let shop: Shop;

const live = (pod: string | RegExp, host = HOST, headers: Headers = {}): Promise<true> =>
  answeredBy(product().url, { host, headers, pod });

test.after.always(() => {
  (shop as Shop | undefined)?.close();
});

serial('apply, webhook, store, controller, EndpointSlices, router: grey requests reach the edge', async t => {
  t.timeout(60_000);
  shop = await Shop.open(world, 'shop');
  await shop.newService('cart');
  await shop.newPod('cart-1', { app: 'cart', track: 'stable' });
  await shop.apply(ingress('taobao-ing', HOST, { tickets: TICKETS }));
  await live('cart-1');
  const edgeService = await eventually('the controller makes cart-svc-edge', () =>
    shop.find('services', 'cart-svc-edge'),
  );
  t.like(edgeService.spec, { clusterIP: 'None', selector: { app: 'cart', track: 'edge' } });

  const others = [{}, { foo: 'baz' }, { 'x-foo': 'bar' }, { cookie: 'foo=bar' }];
  const load = steadyLoad(
    t,
    product().url,
    others.map(headers => ({ host: HOST, headers, pod: 'cart-1' })),
  );
  const edge = await shop.newPod('cart-edge-1', { app: 'cart', track: 'edge' }, false);
  t.is(await ask(product().url, HOST, GREY), 'cart-1', 'an edge that is not ready gets nothing');
  const pod = { namespace: shop.namespace, name: edge.name };
  await setPodStatus(plane(), pod, { ip: edge.address, ready: true });
  await live(edge.name, HOST, GREY);
  // Pods that are ready from their first moment are seen by the slices of two Services, in any order.
  const second = await shop.newPod('cart-edge-2', { app: 'cart', track: 'edge' });
  await eventually('the second one is asked too', async () =>
    (await ask(product().url, HOST, GREY)) === second.name ? true : null,
  );
  const { requests, failures } = await load.stop();
  t.deepEqual(failures, {});
  t.true(requests > 10, `${requests}`);

  const edges = [edge, second];
  const asked = (): number => edges.reduce((sum, one) => sum + one.requests, 0);
  const before = asked();
  for (let round = 0; round < 100; round += 1) {
    t.is(await ask(product().url, HOST), 'cart-1');
    t.regex(await ask(product().url, HOST, GREY), /^cart-edge-[12]$/);
  }
  t.is(asked() - before, 100);
});

const percentile = (times: readonly number[], share: number): string => {
  const sorted = times.toSorted((a, b) => a - b);
  return `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0)} ms`;
};

const summary = (times: readonly number[]): string =>
  `${times.length} changes: median ${percentile(times, 0.5)}, p99 ${percentile(times, 0.99)} (limit ${LIMIT_MS} ms)`;

serial('from kubectl apply to live, through all three roles', async t => {
  t.timeout(90_000);
  const times: { [what in 'host' | 'ticket' | 'edge']: number[] } = { host: [], ticket: [], edge: [] };
  const withKubectl: number[] = [];
  const timed = async (
    what: keyof typeof times,
    change: object,
    isLive: () => Promise<true>,
  ): Promise<void> => {
    const startedMs = performance.now();
    await shop.apply(change);
    const storedMs = performance.now();
    await isLive();
    times[what].push(performance.now() - storedMs);
    withKubectl.push(performance.now() - startedMs);
  };
  for (let at = 0; at < CHANGES; at += 1) {
    const host = `live-${at}.com`;
    const name = `live-${at}`;
    const uid = { cookie: 'uid=7' };
    await timed('host', ingress(name, host), () => live('cart-1', host));
    await timed('ticket', ingress(name, host, { tickets: '{cookie: {uid: "7"}}' }), () =>
      live(/^cart-edge-[12]$/, host, uid),
    );
  }
  for (let at = 0; at < NEW_EDGES; at += 1) {
    const app = `app-${at}`;
    await shop.newService(app);
    await shop.newPod(`${app}-edge`, { app, track: 'edge' });
    await timed('edge', ingress(app, `${app}.com`, { service: `${app}-svc`, tickets: TICKETS }), () =>
      live(`${app}-edge`, `${app}.com`, GREY),
    );
  }
  t.log(
    `after kubectl apply has returned, until all workers of the router do it, of ${summary(Object.values(times).flat())}`,
  );
  t.log(`kubectl's own run with it, of ${summary(withKubectl)}`);
  t.log(`new hosts, of ${summary(times.host)}`);
  t.log(`new tickets, of ${summary(times.ticket)}`);
  t.log(`new edges: Service, slices and all, of ${summary(times.edge)}`);
  t.is(times.host.length + times.ticket.length, 2 * CHANGES);
});
