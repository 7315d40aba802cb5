import test from 'ava';
import fc from 'fast-check';
import { admit } from '../../src/admission/admit.ts';
import { type ClusterView, LONE_VIEW } from '../../src/admission/cluster-view.ts';
import { validateService } from '../../src/admission/validate-service.ts';
import { CLUSTER_OPTIONS, codeAndField, type Manifest, NOW_MS } from '../helpers/admission.ts';
import { jsonOf } from '../helpers/arbitrary-json.ts';
import { service } from '../helpers/kubernetes-objects.ts';

const OPTIONS = { ...CLUSTER_OPTIONS, tcpPorts: [33_306, 33_307], tcpPortRange: null };
const OURS = { 'sluice.dev/class': 'sluice', 'sluice.dev/tcp': '33306:3306' };

const serviceOf = (annotations: Manifest, parts: Manifest = {}): Manifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'mysql', namespace: 'shop', annotations, ...parts },
  spec: { selector: { app: 'mysql' }, ports: [{ name: 'mysql', port: 3306 }] },
});

type Parts = { readonly view?: Partial<ClusterView>; readonly old?: unknown };

const review = (object: unknown, { view = {}, old = null }: Parts = {}) =>
  validateService(
    { object, oldObject: old, namespace: 'shop' },
    { options: OPTIONS, view: { ...LONE_VIEW, ...view }, nowMs: NOW_MS },
  );

const at = (annotation: string): string => `metadata.annotations[sluice.dev/${annotation}]`;
const mapped = (edge: string, stable: string): Partial<ClusterView> => ({
  service: (_, name) =>
    name === edge ? service(edge, { metadata: { labels: { 'sluice.dev/edge-of': stable } } }) : undefined,
});

const denied = test.macro({
  exec(t, annotations: Manifest, code: string, field: string, parts: Parts = {}) {
    const { denials } = review(serviceOf({ ...OURS, ...annotations }), parts);
    t.deepEqual(denials.map(codeAndField), [`${code} ${field}`]);
    t.regex(denials[0]?.message ?? '', /^[^\n]{20,}$/);
  },
  title: (title, annotations: Manifest, code: string) =>
    `${title ?? ''} ${code} of ${JSON.stringify(annotations)}`.trim(),
});

test(denied, { 'sluice.dev/tcp': '33306' }, 'AnnotationInvalid', at('tcp'));
test(denied, { 'sluice.dev/tcp': '33306:3307' }, 'AnnotationInvalid', at('tcp'));
test(denied, { 'sluice.dev/tcp': '33308:3306' }, 'PortNotAllowed', at('tcp'));
test('another namespace:', denied, {}, 'PortTaken', at('tcp'), { view: { claimHolder: () => 'mall' } });
test('an older Service:', denied, {}, 'PortTaken', at('tcp'), {
  view: { claimHolder: () => 'shop', portClaimants: () => [{ namespace: 'shop', name: 'db' }] },
});
test(
  denied,
  { 'sluice.dev/tickets': '{"header": {"foo": "bar"}, "percent": 5}' },
  'TicketInvalid',
  `${at('tickets')}.header`,
);
test(denied, { 'sluice.dev/tickets': '{"percent": 5, "to": "beta"}' }, 'TrackUnknown', `${at('tickets')}.to`);
test(denied, { 'sluice.dev/edge-services': 'My_SQL' }, 'EdgeServiceInvalid', at('edge-services'));
test('an edge of another:', denied, {}, 'EdgeServiceInvalid', at('edge-services'), {
  view: mapped('mysql-edge', 'mysql-old'),
});
test(denied, { 'sluice.dev/edge-selector': 'app=mysql' }, 'EdgeServiceInvalid', at('edge-selector'));
test(denied, { 'sluice.dev/edge-selector': '=' }, 'AnnotationInvalid', at('edge-selector'));
test(denied, { 'sluice.dev/tcp-connect-timeout': '0' }, 'AnnotationInvalid', at('tcp-connect-timeout'));

const admitted = test.macro<[annotations: Manifest, parts?: Parts]>({
  exec(t, annotations, parts = {}) {
    t.deepEqual(review(serviceOf(annotations), parts), { denials: [], warnings: [] });
  },
  title: (title, annotations) => `${title ?? ''} ${JSON.stringify(annotations)} is admitted`.trim(),
});

test(admitted, OURS);
test(admitted, {});
test(admitted, { 'sluice.dev/class': 'other', 'sluice.dev/tcp': 'nonsense' });
test('its own edge, its own port:', admitted, OURS, {
  view: {
    ...mapped('mysql-edge', 'mysql'),
    claimHolder: () => 'shop',
    portClaimants: () => [
      { namespace: 'shop', name: 'mysql' },
      { namespace: 'shop', name: 'younger' },
    ],
  },
});

test('an update is denied for what it adds, and told of what was there', t => {
  const old = serviceOf({ ...OURS, 'sluice.dev/tcp': '40000:3306', 'sluice.dev/tickets': '[' });
  const same = review({ ...old, spec: { ports: [{ name: 'mysql', port: 3306, targetPort: 1 }] } }, { old });
  t.deepEqual(same.denials, []);
  t.deepEqual(
    same.warnings.map(warning => warning.split(' ', 3).join(' ')),
    ['as before: PortNotAllowed', 'as before: AnnotationInvalid'],
  );
  const more = review(
    serviceOf({ ...OURS, 'sluice.dev/tcp': '40000:mysql, 40001:3306', 'sluice.dev/tickets': '[' }),
    { old },
  );
  t.deepEqual(more.denials.map(codeAndField), [`PortNotAllowed ${at('tcp')}`]);
  t.is(more.denials[0]?.value, '40001');
});

test('what was not ours excuses nothing', t => {
  const old = serviceOf({ 'sluice.dev/class': 'other', 'sluice.dev/tcp': '40000:3306' });
  const { denials } = review(serviceOf({ ...OURS, 'sluice.dev/tcp': '40000:3306' }), { old });
  t.deepEqual(denials.map(codeAndField), [`PortNotAllowed ${at('tcp')}`]);
});

test('a Service on its way out passes', t => {
  const leaving = serviceOf(
    { ...OURS, 'sluice.dev/tcp': 'nonsense' },
    { deletionTimestamp: '2026-01-01T00:00:00Z' },
  );
  t.deepEqual(review(leaving), { denials: [], warnings: [] });
});

test('a Service that cannot be read is denied where it asks us for ports, and nobody else is', t => {
  const broken = { ports: [{ port: 'x' }] };
  const { denials } = review({ ...serviceOf(OURS), spec: broken });
  t.true(denials.length > 0);
  t.true(denials.every(({ code }) => code === 'ObjectInvalid'));
  t.deepEqual(review({ ...serviceOf({}), spec: broken }).denials, []);
});

test('nothing in a Service is rewritten', t => {
  const object = serviceOf(OURS);
  const { patch, object: stored } = admit(
    { object, oldObject: null },
    { options: OPTIONS, view: LONE_VIEW, nowMs: NOW_MS },
  );
  t.deepEqual(patch, []);
  t.is(stored, object);
});

test('whatever is written on a Service gets an answer, of lines', t => {
  const names = [
    'class',
    'tcp',
    'tickets',
    'edge-services',
    'edge-selector',
    'on-empty-edge',
    'paused',
    'tcp-idle-timeout',
    'tcp-send-proxy',
  ];
  const annotations = fc
    .dictionary(fc.constantFrom(...names), fc.oneof(fc.string(), fc.json()))
    .map(written => ({
      ...OURS,
      ...Object.fromEntries(Object.entries(written).map(([name, value]) => [`sluice.dev/${name}`, value])),
      'sluice.dev/class': 'sluice',
    }));
  const object = fc.oneof(
    annotations.map(written => serviceOf(written)),
    jsonOf(['ports', 'selector', 'type', 'name', 'port']).map(spec => ({ ...serviceOf(OURS), spec })),
  );
  fc.assert(
    fc.property(object, object, (now, old) => {
      const { denials, warnings } = review(now, { old });
      t.true([...warnings, ...denials.map(({ message }) => message)].every(line => !/[\r\n]/.test(line)));
      // What an object has wrong already never keeps it from being written again.
      t.deepEqual(review(now, { old: now }).denials, []);
    }),
    { numRuns: 300 },
  );
});
