import test from 'ava';
import type { Manifest } from '../../helpers/admission.ts';
import { answered } from '../control-plane/answered.ts';
import type { ApiAnswer } from '../control-plane/api-client.ts';
import { eventually } from '../control-plane/eventually.ts';
import { newNamespace } from '../control-plane/namespaces.ts';
import { versionUnderTest } from '../versions.ts';
import { webhookForTests } from './webhook-for-tests.ts';
import { reviewCount } from './webhook-process.ts';

const { plane, webhook } = webhookForTests(test, ['--tcp-ports', '33306,33307']);

/** Without matchConditions nobody asks for reviews of Services (overlays/k8s-1.20). */
const isOldest = versionUnderTest() === 'oldest';

const reviewsOf = async (act: () => Promise<unknown>): Promise<number> => {
  const before = await reviewCount(webhook());
  await act();
  return (await reviewCount(webhook())) - before;
};

const pathOf = (namespace: string, name = ''): string =>
  `/api/v1/namespaces/${namespace}/services${name === '' ? '' : `/${name}`}`;

const serviceOf = (name: string, annotations: Manifest = {}): Manifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, annotations },
  spec: { selector: { app: name }, ports: [{ name: 'mysql', port: 3306 }] },
});

const OURS = { 'sluice.dev/class': 'sluice', 'sluice.dev/tcp': '33306:3306' };

const create = (namespace: string, body: Manifest): Promise<ApiAnswer> =>
  plane().request({ method: 'POST', path: pathOf(namespace), body });

const annotate = (namespace: string, name: string, annotations: Manifest): Promise<ApiAnswer> =>
  plane().request({
    method: 'PATCH',
    path: pathOf(namespace, name),
    contentType: 'application/merge-patch+json',
    body: { metadata: { annotations } },
  });

test.serial('a Service that asks for no TCP port is written without a call', async t => {
  const namespace = await newNamespace(plane(), 'plain');
  t.is(await reviewsOf(() => create(namespace, serviceOf('web'))), 0);
  t.is(await reviewsOf(() => annotate(namespace, 'web', { other: 'x' })), 0);
  t.is(await reviewsOf(() => create(namespace, serviceOf('mysql', OURS))), isOldest ? 0 : 1);
  const path = pathOf(namespace, 'mysql');
  t.is(await reviewsOf(() => answered(plane(), { method: 'DELETE', path })), 0);
});

(isOldest ? test.skip : test.serial)(
  'kubectl shows every problem of a Service, and nothing is stored',
  async t => {
    const namespace = await newNamespace(plane(), 'bad');
    const bad = serviceOf('mysql', {
      ...OURS,
      'sluice.dev/tcp': '33306:3307, 40000:3306',
      'sluice.dev/tickets': '{"header": {"foo": "bar"}}',
    });
    const { code, stderr } = await plane().kubectl(['apply', '-n', namespace, '-f', '-'], {
      input: JSON.stringify(bad),
    });
    t.is(code, 1);
    for (const part of [
      'The Service "mysql" is invalid',
      'metadata.annotations[sluice.dev/tcp]: AnnotationInvalid "33306:3307": ',
      'metadata.annotations[sluice.dev/tcp]: PortNotAllowed "40000": ',
      'metadata.annotations[sluice.dev/tickets].header: TicketInvalid: ',
    ])
      t.true(stderr.includes(part), `${part}: ${stderr}`);
    t.is((await plane().request({ method: 'GET', path: pathOf(namespace, 'mysql') })).status, 404);
  },
);

(isOldest ? test.skip : test.serial)(
  'a port that another Service has is denied; what is stored can be mended',
  async t => {
    const first = await newNamespace(plane(), 'first-on-port');
    const second = await newNamespace(plane(), 'second-on-port');
    t.is((await create(first, serviceOf('mysql', { ...OURS, 'sluice.dev/tcp': '33307:3306' }))).status, 201);
    const taken = serviceOf('db', { ...OURS, 'sluice.dev/tcp': '33307:mysql' });
    // The webhook learns of the first by a watch of its own.
    const denied = await eventually('the webhook knows who has the port', async () => {
      const answer = await plane().request({
        method: 'POST',
        path: `${pathOf(second)}?dryRun=All`,
        body: taken,
      });
      return answer.status === 201 ? null : answer;
    });
    t.regex(JSON.stringify(denied.body), /PortTaken .*belongs to namespace \\+"first-on-port/);
    const own = serviceOf('db', { ...OURS, 'sluice.dev/tcp': '33307:mysql' });
    t.regex(
      JSON.stringify((await create(first, own)).body),
      /PortTaken .*belongs to Service \\+"first-on-port\/mysql/,
    );
    // Stored while nobody looked: its old problem is told, and what it adds is denied.
    await answered(plane(), {
      method: 'POST',
      path: pathOf(second),
      body: serviceOf('db', { 'sluice.dev/class': 'later', 'sluice.dev/tcp': '33307:mysql' }),
    });
    t.is((await annotate(second, 'db', { 'sluice.dev/class': 'sluice' })).status, 403);
    t.is(
      (await annotate(second, 'db', { 'sluice.dev/class': 'sluice', 'sluice.dev/tcp': '33306:mysql' }))
        .status,
      200,
    );
  },
);
