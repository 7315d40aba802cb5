import test from 'ava';
import { samplesOf } from '../../helpers/metric-samples.ts';
import { eventually } from '../control-plane/eventually.ts';
import { newNamespace } from '../control-plane/namespaces.ts';
import { planeForTests } from '../control-plane/plane-for-tests.ts';
import { newPod } from '../control-plane/pods.ts';
import { serviceAccountKubeconfig } from '../control-plane/service-accounts.ts';
import {
  ControllerWorld,
  collectionOf,
  hostOf,
  ingress,
  type Json,
  pathOf,
  SYSTEM,
  service,
} from './controller-world.ts';

const plane = planeForTests(test);
const world = new ControllerWorld(plane);
const TOLD = 'told';

/** A ticket that is over while the tests run, so that time alone makes an Event. */
const endingSoon = (): string =>
  JSON.stringify({ header: { foo: 'bar' }, expires: new Date(Date.now() + 8_000).toISOString() });

test.after.always(() => world.stop());

test.serial('a controller runs under the shipped rights, and says so', async t => {
  t.timeout(120_000);
  await world.install();
  await world.startController('controller', ['--admin-port=0', `--publish-service=${SYSTEM}/sluice-router`]);
  const port = await world.adminPort('controller');
  t.is(
    await eventually('it leads', async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
      const text = await answer.text();
      return text.includes('leading') ? `${answer.status} ${text}` : null;
    }),
    '200 ok; leading\n',
  );
});

test.serial('what lasts is made now, and looked at below', async t => {
  await newNamespace(plane(), TOLD);
  for (const name of ['cart', 'www']) await world.create('services', TOLD, service(name));
  await newPod(
    plane(),
    { namespace: TOLD, name: 'cart-edge-1', labels: { app: 'cart', track: 'edge' } },
    { ip: '10.9.0.1', ready: true },
  );
  await world.create('ingresses', TOLD, ingress('www', 'www.told.example', 'www'));
  await world.create(
    'ingresses',
    TOLD,
    ingress('cart', 'cart.told.example', 'cart', { 'sluice.dev/tickets': endingSoon() }),
  );
  t.truthy(await eventually('www-edge is made', () => world.find('services', TOLD, 'www-edge')));
});

test.serial('W6 what is not stored leaves nothing behind: neither a dry run nor a refused write', async t => {
  const namespace = await newNamespace(plane(), 'ghosts');
  for (const name of ['ghost', 'refused', 'real']) await world.create('services', namespace, service(name));
  const dry = await plane().request({
    method: 'POST',
    path: `${collectionOf('ingresses', namespace)}?dryRun=All`,
    body: ingress('ghost', 'ghost.example', 'ghost'),
  });
  t.is(dry.status, 201);
  const { spec, ...rest } = ingress('refused', 'refused.example', 'refused');
  const refused = await plane().request({
    method: 'POST',
    path: collectionOf('ingresses', namespace),
    // The API server looks at it after our webhook, and refuses what names two classes.
    body: { ...rest, spec: { ...(spec as Json), ingressClassName: 'another' } },
  });
  t.is(refused.status, 422);
  await world.create('ingresses', namespace, ingress('real', 'real.example', 'real'));
  await eventually('the edge of what is stored is made', () =>
    world.find('services', namespace, 'real-edge'),
  );
  for (const name of ['ghost-edge', 'refused-edge'])
    t.is(await world.find('services', namespace, name), null);
});

test.serial(
  'status.loadBalancer of our Ingresses follows a Service, and that of others is left alone',
  async t => {
    await world.create('services', SYSTEM, {
      ...service('sluice-router'),
      spec: { type: 'LoadBalancer', selector: { app: 'router' }, ports: [{ port: 80, targetPort: 29_080 }] },
    });
    const namespace = await newNamespace(plane(), 'status');
    await world.create('ingresses', namespace, ingress('ours', 'ours.example'));
    const foreign = ingress('foreign', 'foreign.example', 'cart', { 'kubernetes.io/ingress.class': 'other' });
    await world.create('ingresses', namespace, foreign);
    const publish = (ips: readonly string[]): Promise<unknown> =>
      world.merge(`${pathOf('services', SYSTEM, 'sluice-router')}/status`, {
        status: { loadBalancer: { ingress: ips.map(ip => ({ ip })) } },
      });
    const shown = async (name: string): Promise<readonly string[]> =>
      ((await world.find('ingresses', namespace, name))?.status?.loadBalancer?.ingress ?? []).map(
        ({ ip }) => ip,
      );
    for (const ips of [['192.0.2.7'], ['192.0.2.8', '192.0.2.9']]) {
      await publish(ips);
      await eventually('its addresses are shown', async () =>
        (await shown('ours')).join() === ips.join() ? true : null,
      );
    }
    t.deepEqual(await shown('foreign'), []);
  },
);

test.serial(
  'an Event says how the routers get at the users of an Ingress, and applying that does it',
  async t => {
    const namespace = await newNamespace(plane(), 'users');
    await world.create(
      'ingresses',
      namespace,
      ingress('web', 'web.users.example', 'cart', {
        'nginx.ingress.kubernetes.io/auth-type': 'basic',
        'nginx.ingress.kubernetes.io/auth-secret': 'users',
      }),
    );
    const { message } = await world.eventAbout(namespace, 'SecretNotGranted web');
    const kubeconfig = await serviceAccountKubeconfig(plane(), { namespace: SYSTEM, name: 'sluice-router' });
    const mayRead = async (): Promise<string> => {
      const question = ['auth', 'can-i', 'watch', 'secrets/users', '-n', namespace];
      return (await plane().kubectl(question, { kubeconfig })).stdout.trim();
    };
    t.is(await mayRead(), 'no');
    const { code, stderr } = await plane().kubectl(['apply', '-f', '-'], {
      input: message.slice(message.indexOf('{')),
    });
    t.is(code, 0, stderr);
    await eventually('the routers may', async () => ((await mayRead()) === 'yes' ? true : null));
    t.false((await world.events(namespace)).some(({ reason }) => reason === 'AnnotationInvalid'));
  },
);

test.serial(
  'repairs that come to nothing are told once; with the webhook back the next one does',
  async t => {
    t.timeout(180_000);
    const namespace = await newNamespace(plane(), 'contested');
    await world.reviews?.stop();
    await world.create('ingresses', namespace, ingress('web', 'web.contested.example'));
    const { message } = await world.eventAbout(namespace, 'RepairContested web', 60_000);
    t.regex(message, /none changed anything/);
    await world.reviews?.start();
    await eventually(
      'it is repaired',
      async () =>
        hostOf(await world.find('ingresses', namespace, 'web')).includes('.contested.') ? null : true,
      90_000,
    );
    await world.eventAbout(namespace, 'IngressRepaired web');
  },
);

test.serial('what lasts was told, and what time alone has made', async t => {
  t.timeout(60_000);
  await world.eventAbout(TOLD, 'StableSelectorMatchesEdge cart');
  await world.eventAbout(TOLD, 'EdgeWithoutReadyPods www-edge', 30_000);
  const { message } = await world.eventAbout(TOLD, 'TicketExpired cart');
  t.regex(message, /^ticket 0 expired at .*it matches nobody/);
});

test.serial('the metrics say the same under the shipped rights', async t => {
  const text = await (await fetch(`http://127.0.0.1:${await world.adminPort('controller')}/metrics`)).text();
  const samples = samplesOf(text);
  const noticed = (reason: string): number | undefined =>
    samples.get(`sluice_controller_notices{reason="${reason}"}`);
  t.true((noticed('EdgeWithoutReadyPods') ?? 0) >= 1);
  t.is(noticed('TicketExpired'), 1);
  t.is(samples.get('sluice_controller_contested_repairs_total'), 1);
  t.true((samples.get('sluice_controller_writes_total{write="createEdge",outcome="done"}') ?? 0) >= 3);
  t.true((samples.get('sluice_controller_writes_total{write="publishStatus",outcome="done"}') ?? 0) >= 2);
  for (const kind of ['Ingress', 'Service', 'EndpointSlice', 'Namespace', 'IngressClass', 'ConfigMap'])
    t.is(samples.get(`sluice_watch_synced{kind="${kind}"}`), 1, kind);
});
