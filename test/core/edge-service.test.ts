import test from 'ava';
import fc from 'fast-check';
import {
  edgeServiceManifest,
  edgeServiceName,
  edgeServiceObject,
  edgeServiceSpec,
  readEdgeSelector,
  withEdgeServices,
} from '../../src/core/edge-service.ts';
import { parseService } from '../../src/core/objects/parse-service.ts';
import { isServiceName } from '../../src/core/service-map.ts';
import { metadata, service, tcpPort } from '../helpers/kubernetes-objects.ts';

test('an edge Service is named after the stable one and its track', t => {
  t.is(edgeServiceName('cart-svc'), 'cart-svc-edge');
  t.is(edgeServiceName('cart-svc', 'beta'), 'cart-svc-beta');
  t.is(edgeServiceName('a'.repeat(58)), `${'a'.repeat(58)}-edge`);
});

test('a name past 63 characters is cut and carries 8 hex digits of its SHA-256', t => {
  // printf '%063d' 0 | tr 0 a | sha256sum
  t.is(edgeServiceName('a'.repeat(63)), `${'a'.repeat(49)}-7d3e74a0-edge`);
  t.is(edgeServiceName('a'.repeat(59)).length, 63);
});

test('edge names have at most 63 characters, are Service names, and distinct for distinct stable Services', t => {
  const head = fc.constantFrom('', 'a'.repeat(40), 'cart'.repeat(13));
  const tail = fc.stringMatching(/^[a-z](?:[-a-z0-9]{0,20}[a-z0-9])?$/);
  const stable = fc
    .tuple(head, tail)
    .map(([a, b]) => (a + b).slice(0, 63))
    .filter(isServiceName);
  const track = fc.constantFrom('edge', 'beta', 't'.repeat(32));
  fc.assert(
    fc.property(fc.uniqueArray(stable, { minLength: 2, maxLength: 8 }), track, (stables, name) => {
      const names = stables.map(one => edgeServiceName(one, name));
      return new Set(names).size === stables.length && names.every(isServiceName);
    }),
    { numRuns: 500 },
  );
  t.pass();
});

const cart = service('cart', {
  metadata: { uid: 'u1', annotations: { 'sluice.dev/edge-selector': 'version=v2' } },
  selector: { app: 'cart', version: 'v1' },
  ports: [
    tcpPort(80, { name: 'http', targetPort: 'web', appProtocol: 'http' }),
    tcpPort(81, { name: 'grpc', targetPort: 9090 }),
  ],
  ipFamilies: ['IPv6', 'IPv4'],
});

test('the edge selector is the annotation for the track edge, and track=<track> for all others', t => {
  const read = (parts: Parameters<typeof readEdgeSelector>) => {
    const parsed = readEdgeSelector(...parts);
    return parsed.ok ? { ...parsed.value } : parsed.problems.map(problem => problem.field);
  };
  t.deepEqual(read([cart]), { version: 'v2' });
  t.deepEqual(read([cart, 'beta']), { track: 'beta' });
  t.deepEqual(read([service('order')]), { track: 'edge' });
  const wrong = service('order', { metadata: { annotations: { 'sluice.dev/edge-selector': 'edge' } } });
  t.deepEqual(read([wrong]), ['metadata.annotations[sluice.dev/edge-selector]']);
});

const spec = edgeServiceSpec(
  { ...cart, selector: { app: 'cart', version: 'v1' } },
  { name: 'cart-edge', track: 'edge', selector: { version: 'v2' } },
);

test('the manifest is headless, overlaid, labelled and owned without blocking the deletion of its owner', t => {
  t.deepEqual(JSON.parse(JSON.stringify(edgeServiceManifest(spec))), {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'cart-edge',
      namespace: 'shop',
      labels: { 'sluice.dev/edge-of': 'cart' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name: 'cart', uid: 'u1' }],
    },
    spec: {
      type: 'ClusterIP',
      clusterIP: 'None',
      selector: { app: 'cart', version: 'v2' },
      ports: [
        { name: 'http', port: 80, protocol: 'TCP', targetPort: 'web', appProtocol: 'http' },
        { name: 'grpc', port: 81, protocol: 'TCP', targetPort: 9090 },
      ],
      ipFamilies: ['IPv6', 'IPv4'],
      ipFamilyPolicy: 'RequireDualStack',
    },
  });
});

test('what the stable Service does not say, the manifest does not say either', t => {
  const plain = { ...spec, stableUid: null, ports: [tcpPort(80)], ipFamilies: [] };
  const manifest = edgeServiceManifest(plain);
  t.false('ownerReferences' in manifest.metadata);
  t.false('ipFamilies' in manifest.spec);
  t.deepEqual(manifest.spec.ports, [{ port: 80, protocol: 'TCP', targetPort: 80 }]);
  t.is(edgeServiceManifest({ ...spec, ipFamilies: ['IPv4'] }).spec.ipFamilyPolicy, 'SingleStack');
});

test('the object form is what parsing the manifest gives', t => {
  const parsed = parseService(JSON.parse(JSON.stringify(edgeServiceManifest(spec))));
  t.true(parsed.ok);
  t.deepEqual(JSON.stringify(parsed.ok && parsed.value), JSON.stringify(edgeServiceObject(spec)));
});

test('laid over the Services of a source, edge Services replace those of their name', t => {
  const stale = service('cart-edge', { selector: { stale: 'yes' } });
  const other = { ...service('cart-edge'), metadata: metadata('cart-edge', { namespace: 'other' }) };
  const services = withEdgeServices([cart, stale, other], [spec]);
  t.deepEqual(
    services.map(one => `${one.metadata.namespace}/${one.metadata.name} ${JSON.stringify(one.selector)}`),
    [
      'shop/cart {"app":"cart","version":"v1"}',
      'other/cart-edge {"app":"cart-edge"}',
      'shop/cart-edge {"app":"cart","version":"v2"}',
    ],
  );
});
