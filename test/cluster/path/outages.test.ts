import test from 'ava';
import { hostKey } from '../../../src/core/host-key.ts';
import { untilCalled } from '../admission/webhook-for-tests.ts';
import { answered } from '../control-plane/answered.ts';
import { eventually } from '../control-plane/eventually.ts';
import { canInstall, productForTests } from '../product/product-for-tests.ts';
import { reviewLoad } from './review-load.ts';
import { answeredBy, ask, GREY, type Headers, ingress, Shop } from './shop.ts';
import { steadyLoad } from './steady-load.ts';

const world = productForTests(test);
const { plane, product } = world;
const serial = canInstall ? test.serial : test.serial.skip;

const TICKETS = '{header: {foo: bar}}';
const shops: Shop[] = [];

/** Once its Service is there: before that, nobody could tell an edge pod from a stable one. */
const newEdgePod = async (shop: Shop): Promise<void> => {
  await eventually('cart-svc-edge is made', () => shop.find('services', 'cart-svc-edge'));
  await shop.newPod(`${shop.namespace}-edge-1`, { app: 'cart', track: 'edge' });
};

const openShop = async (namespace: string): Promise<Shop> => {
  const shop = await Shop.open(world, namespace);
  shops.push(shop);
  await shop.newService('cart');
  await shop.newPod(`${namespace}-1`, { app: 'cart', track: 'stable' });
  return shop;
};

test.after.always(() => {
  for (const shop of shops) shop.close();
});

const live = (pod: string | RegExp, host: string, headers: Headers = {}): Promise<true> =>
  answeredBy(product().url, { host, headers, pod });

const stopWebhooks = async (): Promise<void> => {
  await Promise.all(product().webhook.map(pod => pod.stop()));
};

const startWebhooks = async (): Promise<void> => {
  await Promise.all(product().webhook.map(pod => pod.start()));
  await untilCalled(plane());
};

const hostsIn = async ({ namespace }: Shop): Promise<readonly string[]> => {
  const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`;
  const { items } = (await answered(plane(), { method: 'GET', path })) as {
    readonly items: readonly { readonly spec: { readonly rules: readonly { readonly host: string }[] } }[];
  };
  return items.map(({ spec }) => spec.rules[0]?.host ?? '').sort();
};

serial(
  'a host of another namespace: denied by name, and without the webhook nothing but an Event',
  async t => {
    t.timeout(90_000);
    const first = await openShop('first');
    const second = await openShop('second');
    await second.apply(ingress('old', 'old.example'));
    await first.apply(ingress('holder', 'claimed.example', { tickets: TICKETS }));
    await live('first-1', 'claimed.example');
    await newEdgePod(first);
    await live('first-edge-1', 'claimed.example', GREY);
    await live('second-1', 'old.example');

    const { code, stderr } = await second.tryApply(ingress('new', 'claimed.example'));
    t.not(code, 0);
    t.regex(stderr, /HostTaken/);
    t.regex(stderr, /spec\.rules\[0\]\.host/);
    t.regex(stderr, /belongs to namespace "first"/);
    t.is(await second.find('ingresses', 'new'), null);

    await stopWebhooks();
    await second.apply(ingress('old', 'claimed.example', { tickets: TICKETS }));
    t.deepEqual(await hostsIn(second), ['claimed.example'], 'it is stored as it was written');
    const load = steadyLoad(t, product().url, [
      { host: 'claimed.example', pod: 'first-1' },
      { host: 'claimed.example', headers: GREY, pod: 'first-edge-1' },
    ]);
    await live('404', 'old.example');
    await eventually('the Event HostTaken', async () => {
      const { stdout } = await plane().kubectl([
        ...['get', 'events', '-n', 'second', '-o'],
        'jsonpath={range .items[*]}{.reason} {.involvedObject.name}: {.message}{"\\n"}{end}',
      ]);
      return /^HostTaken old: .*claimed\.example.*first/m.test(stdout) ? stdout : null;
    });
    await startWebhooks();
    const { requests, failures } = await load.stop();
    t.deepEqual(failures, {});
    t.true(requests > 10, `${requests}`);
  },
);

serial('W3 webhook down: 100 Ingresses served raw; back: 100 of 100 repaired, 0 failed requests', async t => {
  t.timeout(120_000);
  const shop = await openShop('raw');
  await stopWebhooks();
  const hosts = Array.from({ length: 100 }, (_, at) => `web-${at}.raw.example`);
  await shop.apply(...hosts.map(host => ingress(host.replaceAll('.', '-'), host, { tickets: TICKETS })));
  t.deepEqual(await hostsIn(shop), hosts.toSorted());
  for (const host of hosts) await live('raw-1', host);
  const load = steadyLoad(
    t,
    product().url,
    hosts.map(host => ({ host, pod: 'raw-1' })),
  );
  await startWebhooks();
  const startedMs = performance.now();
  const keys = hosts.map(host => hostKey(host)).sort();
  await eventually(
    'all are repaired',
    async () => ((await hostsIn(shop)).join() === keys.join() ? true : null),
    60_000,
  );
  const seconds = (performance.now() - startedMs) / 1000;
  await newEdgePod(shop);
  for (const host of hosts) await live('raw-edge-1', host, GREY);
  const { requests, failures } = await load.stop();
  t.deepEqual(failures, {});
  t.log(
    `100 of 100 repaired ${seconds.toFixed(1)} s after the webhook was back; ${requests} requests, none failed`,
  );
  t.true(requests > 100, `${requests}`);
});

serial('W9 the pods of the webhook are replaced under reviews: not one of these fails', async t => {
  t.timeout(60_000);
  const load = reviewLoad(t, plane());
  for (const pod of product().webhook) {
    t.is(await pod.stop('SIGTERM'), 0);
    await pod.start();
  }
  const { reviews, failures } = await load.stop();
  t.deepEqual(failures, []);
  t.log(`${reviews} reviews`);
  t.true(reviews > 10, `${reviews}`);
});

serial('API server down: the router serves on; back: all roles converge without a restart', async t => {
  t.timeout(150_000);
  const shop = await openShop('away');
  await shop.apply(ingress('web', 'away.example', { tickets: TICKETS }));
  await live('away-1', 'away.example');
  await newEdgePod(shop);
  await live('away-edge-1', 'away.example', GREY);
  const load = steadyLoad(t, product().url, [
    { host: 'away.example', pod: 'away-1' },
    { host: 'away.example', headers: GREY, pod: 'away-edge-1' },
  ]);
  await plane().stopApiServer('SIGKILL');
  const [router] = product().router;
  await plane().startApiServer();
  const startedMs = performance.now();
  await eventually('the webhook reviews again', () => untilCalled(plane()), 60_000);
  await shop.newService('www');
  await shop.newPod('www-edge-1', { app: 'www', track: 'edge' });
  await shop.apply(ingress('www', 'www.example', { service: 'www-svc', tickets: TICKETS }));
  await live('www-edge-1', 'www.example', GREY);
  t.true((await hostsIn(shop)).includes(hostKey('www.example')));
  t.log(
    `a new edge was served ${((performance.now() - startedMs) / 1000).toFixed(1)} s after the API server was back`,
  );
  const { requests, failures } = await load.stop();
  t.deepEqual(failures, {});
  t.true(requests > 100, `${requests}`);

  await plane().stopApiServer('SIGKILL');
  t.is(await router?.stop('SIGTERM'), 0);
  await router?.start();
  t.is(await ask(product().url, 'away.example'), 'away-1', 'from its kept state');
  t.is(await ask(product().url, 'away.example', GREY), 'away-edge-1');
  t.is(await ask(product().url, 'www.example', GREY), 'www-edge-1');
  await plane().startApiServer();
  await eventually('the webhook reviews again', () => untilCalled(plane()), 60_000);
  await shop.apply(ingress('late', 'late.example', { tickets: TICKETS }));
  await live('away-edge-1', 'late.example', GREY);
});
