import test from 'ava';
import fc from 'fast-check';
import { ClusterIndex, type IndexChange, type IndexChanges } from '../../src/admission/cluster-index.ts';
import { claimShard, printClaimRecords } from '../../src/core/claim-records.ts';
import { HostOwnership } from '../../src/core/host-ownership.ts';
import { readIngress } from '../../src/core/ingress-reading.ts';
import { scopeOf } from '../../src/core/ingress-scope.ts';
import type { ConfigMap } from '../../src/core/objects/config-map.ts';
import type { Ingress } from '../../src/core/objects/ingress.ts';
import type { IngressClass } from '../../src/core/objects/ingress-class.ts';
import type { Metadata } from '../../src/core/objects/metadata.ts';
import type { Namespace } from '../../src/core/objects/namespace.ts';
import { CLUSTER_OPTIONS } from '../helpers/admission.ts';
import { metadata, namespace, service, slice, sliceEndpoint } from '../helpers/kubernetes-objects.ts';
import { path, rule, storedIngress } from '../helpers/stored-world.ts';

const OPTIONS = { ...CLUSTER_OPTIONS, catchAllNamespaces: ['infra'] };

const is = <T extends { readonly metadata: Metadata }>(after: T): IndexChange<T> => ({
  namespace: after.metadata.namespace,
  name: after.metadata.name,
  after,
});
const gone = <T>(namespace: string, name: string): IndexChange<T> => ({ namespace, name, after: undefined });

const classOf = (name: string, controller = 'sluice.dev/router'): IngressClass => ({
  kind: 'IngressClass',
  metadata: metadata(name, { namespace: '' }),
  controller,
});

/** The ConfigMap of claims in which a host stands as held by a namespace. */
const claimed = (host: string, holder: string, name = claimShard(host)): ConfigMap => ({
  kind: 'ConfigMap',
  metadata: metadata(name, { namespace: 'sluice-system' }),
  data: {
    'claims.json': printClaimRecords(new Map([[host, { namespace: holder, sinceMs: 0, goneMs: null }]])),
  },
});

const EVERYTHING: Required<IndexChanges> = {
  ingressClasses: [],
  namespaces: [],
  services: [],
  edgeSlices: [],
  ingresses: [],
  claimMaps: [],
};

const indexOf = (changes: IndexChanges = {}): ClusterIndex => {
  const index = new ClusterIndex(OPTIONS);
  index.apply({ ...EVERYTHING, ...changes });
  return index;
};

const shop = (name: string, parts: Parameters<typeof storedIngress>[1] = {}): Ingress =>
  storedIngress(name, { className: 'sluice', rules: [rule('taobao.com', path('/', 'web'))], ...parts });

test('an empty index knows nothing and says so', t => {
  const index = new ClusterIndex(OPTIONS);
  t.deepEqual(index.missing, [
    'IngressClasses',
    'Namespaces',
    'Services',
    'EndpointSlices',
    'Ingresses',
    'claims of hosts and ports',
  ]);
  t.is(index.ingressClasses, null);
  t.is(index.service('shop', 'web'), null);
  t.is(index.claimHolder('taobao.com'), undefined);
  t.is(index.readyEdgeEndpoints({ namespace: 'shop', stable: 'web', track: 'edge', edge: 'web-edge' }), null);
});

test('a kind is known once it is named, with nothing of it too', t => {
  const index = new ClusterIndex(OPTIONS);
  index.apply({ services: [], ingressClasses: [] });
  t.deepEqual(index.missing, ['Namespaces', 'EndpointSlices', 'Ingresses', 'claims of hosts and ports']);
  t.is(index.service('shop', 'web'), undefined);
  t.deepEqual(index.ingressClasses, []);
  t.deepEqual(indexOf().missing, []);
});

test('the oldest Ingress has the host until it is gone, a recorded claim has it whatever is there', t => {
  const index = indexOf({
    ingresses: [
      is(shop('young', { namespace: 'b', createdMs: 2000 })),
      is(shop('old', { namespace: 'a', createdMs: 1000 })),
    ],
  });
  t.is(index.claimHolder('taobao.com'), 'a');
  index.apply({ claimMaps: [is(claimed('taobao.com', 'c'))] });
  t.is(index.claimHolder('taobao.com'), 'c');
  index.apply({ claimMaps: [is(claimed('tmall.com', 'c', claimShard('taobao.com')))] });
  t.is(index.claimHolder('taobao.com'), 'a', 'the record of another host');
  index.apply({ claimMaps: [is(claimed('taobao.com', 'c'))] });
  const shard = claimShard('taobao.com');
  index.apply({ claimMaps: [gone('sluice-system', shard)], ingresses: [gone('a', 'old')] });
  t.is(index.claimHolder('taobao.com'), 'b');
  index.apply({ ingresses: [gone('b', 'young')] });
  t.is(index.claimHolder('taobao.com'), undefined);
});

test('a namespace that may not use a host does not hold it', t => {
  const index = indexOf({
    namespaces: [is(namespace('a', { 'sluice.dev/allowed-hosts': 'tmall.com' }))],
    ingresses: [
      is(shop('old', { namespace: 'a', createdMs: 1000 })),
      is(shop('young', { namespace: 'b', createdMs: 2000 })),
      is(shop('all', { namespace: 'b', rules: [rule('', path('/', 'web'))] })),
    ],
  });
  t.is(index.claimHolder('taobao.com'), 'b');
  t.is(index.claimHolder(''), undefined);
  index.apply({ namespaces: [gone('', 'a')] });
  t.is(index.claimHolder('taobao.com'), 'a');
});

test('a route is held by the oldest Ingress of its namespace', t => {
  const index = indexOf({
    ingresses: [
      is(shop('young', { createdMs: 2000 })),
      is(shop('old', { createdMs: 1000 })),
      is(shop('other', { namespace: 'other', createdMs: 0 })),
    ],
  });
  const route = { namespace: 'shop', domain: 'taobao.com', path: '/', pathType: 'Prefix' };
  t.is(index.routeHolder(route, 'young'), 'old');
  t.is(index.routeHolder({ ...route, path: '' }, 'new'), 'old');
  t.is(index.routeHolder(route, 'old'), undefined);
  t.is(index.routeHolder({ ...route, path: '/x' }, 'new'), undefined);
});

test('Ingresses of a class become ours with the IngressClass, and cease to be', t => {
  const index = indexOf({ ingresses: [is(shop('web', { className: 'by-controller' }))] });
  t.is(index.claimHolder('taobao.com'), undefined);
  index.apply({ ingressClasses: [is(classOf('by-controller'))] });
  t.is(index.claimHolder('taobao.com'), 'shop');
  t.deepEqual(index.ingressClasses, [classOf('by-controller')]);
  index.apply({ ingressClasses: [is(classOf('by-controller', 'k8s.io/ingress-nginx'))] });
  t.is(index.claimHolder('taobao.com'), undefined);
  index.apply({ ingressClasses: [is(classOf('by-controller'))] });
  index.apply({ ingressClasses: [gone('', 'by-controller')] });
  t.is(index.claimHolder('taobao.com'), undefined);
  t.deepEqual(index.ingressClasses, []);
});

const EDGE = { namespace: 'shop', stable: 'web', track: 'edge', edge: 'web-edge' };
const edgeService = service('web-edge', { metadata: { labels: { 'sluice.dev/edge-of': 'web' } } });
const edgeSlice = (name: string, ...addresses: readonly string[]) =>
  slice(
    'web-edge',
    addresses.map(address => sliceEndpoint(address)),
    { metadata: { name } },
  );

const tcp = (name: string, ports: string, parts: Partial<Metadata> = {}) =>
  service(name, {
    metadata: { annotations: { 'sluice.dev/class': 'sluice', 'sluice.dev/tcp': ports }, ...parts },
  });

test('a TCP port belongs to whoever is on record, else to the oldest Service of our class', t => {
  const older = tcp('mysql', '33306:80', { createdMs: 1 });
  const younger = tcp('db', '33306:80, 33307:80', { namespace: 'mall', createdMs: 2 });
  const index = indexOf({ services: [is(younger), is(service('web')), is(older)] });
  t.is(index.claimHolder(':33306'), 'shop');
  t.is(index.claimHolder(':33307'), 'mall');
  t.is(index.claimHolder(':33308'), undefined);
  t.deepEqual(
    index.portClaimants(33_306).map(({ name }) => name),
    ['mysql', 'db'],
  );
  t.deepEqual(index.claimsOf({ kind: 'Service', namespace: 'mall', name: 'db' }), [':33306', ':33307']);
  t.deepEqual(index.claimsOf({ kind: 'Service', namespace: 'shop', name: 'web' }), []);
  index.apply({ claimMaps: [is(claimed(':33306', 'mall'))] });
  t.is(index.claimHolder(':33306'), 'mall');
  index.apply({
    claimMaps: [gone('sluice-system', claimShard(':33306'))],
    services: [gone('shop', 'mysql')],
  });
  t.is(index.claimHolder(':33306'), 'mall');
  index.apply({ services: [is(tcp('db', '33307:80', { namespace: 'mall', createdMs: 2 }))] });
  t.is(index.claimHolder(':33306'), undefined);
});

test('Services move with their class, as Ingresses do', t => {
  const index = indexOf({
    services: [
      is(
        tcp('db', '', {
          annotations: { 'sluice.dev/class': 'by-controller', 'sluice.dev/tcp': '33306:80' },
        }),
      ),
    ],
  });
  t.is(index.claimHolder(':33306'), undefined);
  index.apply({ ingressClasses: [is(classOf('by-controller'))] });
  t.is(index.claimHolder(':33306'), 'shop');
  index.apply({ ingressClasses: [gone('', 'by-controller')] });
  t.is(index.claimHolder(':33306'), undefined);
});

test('ready endpoints of an edge Service of ours are counted over its slices, each once', t => {
  const index = indexOf({ services: [is(edgeService)] });
  t.is(index.readyEdgeEndpoints(EDGE), 0);
  index.apply({
    edgeSlices: [is(edgeSlice('one', '10.0.0.1', '10.0.0.2')), is(edgeSlice('two', '10.0.0.2'))],
  });
  t.is(index.readyEdgeEndpoints(EDGE), 2);
  index.apply({ edgeSlices: [is(edgeSlice('one', '10.0.0.3'))] });
  t.is(index.readyEdgeEndpoints(EDGE), 2);
  const unready = slice('web-edge', [sliceEndpoint('10.0.0.9', { ready: false })], {
    metadata: { name: 'two' },
  });
  index.apply({ edgeSlices: [gone('shop', 'one'), is(unready)] });
  t.is(index.readyEdgeEndpoints(EDGE), 0);
});

test('of an edge Service that is not there or not ours nothing is known: its slices are not read', t => {
  t.is(indexOf().readyEdgeEndpoints(EDGE), null);
  t.is(indexOf({ services: [is(service('web-edge'))] }).readyEdgeEndpoints(EDGE), null);
});

const HOSTS = ['a.com', 'b.com', '*.c.com', ''];
const NAMESPACES = ['a', 'b', 'infra'];

const arbitraryIngress: fc.Arbitrary<Ingress> = fc
  .record({
    name: fc.constantFrom('one', 'two', 'three'),
    namespace: fc.constantFrom(...NAMESPACES),
    className: fc.constantFrom('sluice', 'by-controller', 'nginx'),
    createdMs: fc.integer({ min: 0, max: 3 }),
    hosts: fc.array(fc.constantFrom(...HOSTS), { maxLength: 3 }),
    canary: fc.boolean(),
  })
  .map(({ name, hosts, canary, ...parts }) =>
    storedIngress(name, {
      ...parts,
      rules: hosts.map(host => rule(host, path('/', 'web'))),
      annotations: canary ? { 'nginx.ingress.kubernetes.io/canary': 'true' } : {},
    }),
  );

type Step =
  | { readonly kind: 'put'; readonly ingress: Ingress }
  | { readonly kind: 'remove'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'namespace'; readonly namespace: Namespace }
  | { readonly kind: 'class'; readonly ours: boolean };

const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  arbitraryIngress.map((ingress): Step => ({ kind: 'put', ingress })),
  arbitraryIngress.map(({ metadata: { namespace, name } }): Step => ({ kind: 'remove', namespace, name })),
  fc.record({ name: fc.constantFrom(...NAMESPACES), hosts: fc.subarray(HOSTS.slice(0, 3)) }).map(
    ({ name, hosts }): Step => ({
      kind: 'namespace',
      namespace: namespace(name, hosts.length === 3 ? {} : { 'sluice.dev/allowed-hosts': hosts.join(',') }),
    }),
  ),
  fc.boolean().map((ours): Step => ({ kind: 'class', ours })),
);

const changesOf = (step: Step): IndexChanges => {
  switch (step.kind) {
    case 'put':
      return { ingresses: [is(step.ingress)] };
    case 'remove':
      return { ingresses: [gone(step.namespace, step.name)] };
    case 'namespace':
      return { namespaces: [is(step.namespace)] };
    case 'class':
      return { ingressClasses: [is(classOf('by-controller', step.ours ? 'sluice.dev/router' : 'other'))] };
  }
};

test('after any changes it holds what the router computes from everything at once', t => {
  fc.assert(
    fc.property(fc.array(arbitraryStep, { maxLength: 25 }), steps => {
      const index = indexOf();
      const ingresses = new Map<string, Ingress>();
      const namespaces = new Map<string, Namespace>();
      for (const step of steps) {
        index.apply(changesOf(step));
        if (step.kind === 'put') {
          const { namespace, name } = step.ingress.metadata;
          ingresses.set(`${namespace}/${name}`, step.ingress);
        }
        if (step.kind === 'remove') ingresses.delete(`${step.namespace}/${step.name}`);
        if (step.kind === 'namespace') namespaces.set(step.namespace.metadata.name, step.namespace);
      }
      const context = {
        scope: scopeOf(OPTIONS, index.ingressClasses),
        annotation: OPTIONS.annotation,
      };
      const readings = [...ingresses.values()]
        .flatMap(ingress => readIngress(ingress, context) ?? [])
        .filter(reading => !reading.nginx.canary);
      const ownership = new HostOwnership(OPTIONS);
      for (const one of namespaces.values()) ownership.setNamespace(one.metadata.name, one);
      for (const host of HOSTS) {
        const claimants = readings
          .filter(({ rules }) => rules.some(({ domains }) => domains.includes(host)))
          .map(reading => ({ reading }));
        t.is(index.claimHolder(host), ownership.holderOf(host, claimants), host);
      }
    }),
    { numRuns: 300 },
  );
});
