import test from 'ava';
import { type Action, formatAction } from '../../../src/controller/decide/action.ts';
import { decideEdgeServices } from '../../../src/controller/decide/edge-services.ts';
import type { StoredService } from '../../../src/controller/stored-kinds.ts';
import { EDGE_OF_LABEL, edgeServiceSpec } from '../../../src/core/edge-service.ts';
import { service, tcpPort } from '../../helpers/kubernetes-objects.ts';

const STABLE = service('cart', {
  ports: [tcpPort(80, { name: 'web', targetPort: 8080 })],
  ipFamilies: ['IPv4'],
  metadata: { uid: 'stable' },
});

const SPEC = edgeServiceSpec(
  { ...STABLE, selector: { app: 'cart' } },
  { name: 'cart-edge', track: 'edge', selector: { track: 'edge' } },
);

/** The edge Service as the controller has made it, but for what a case says. */
const stored = (parts: Partial<StoredService> = {}): StoredService => ({
  ...service('cart-edge', {
    selector: { app: 'cart', track: 'edge' },
    ports: STABLE.ports,
    ipFamilies: ['IPv4'],
    metadata: { uid: 'edge', labels: { [EDGE_OF_LABEL]: 'cart' } },
  }),
  owners: [{ kind: 'Service', name: 'cart', uid: 'stable' }],
  headless: true,
  entryPoints: [],
  ...parts,
});

const decided = (
  object: StoredService | null,
  { wanted = true, blind = false }: { readonly wanted?: boolean; readonly blind?: boolean } = {},
): readonly Action[] =>
  decideEdgeServices(wanted ? [SPEC] : [], {
    services: object === null ? [] : [{ object, resourceVersion: '7', generation: null }],
    blindNamespaces: new Set(blind ? ['shop'] : []),
  });

const decides = test.macro({
  exec(t, object: StoredService | null, expected: readonly string[]) {
    t.deepEqual(decided(object).map(formatAction), expected);
  },
  title: (title = '') => title,
});

test('an edge that is not there is made', decides, null, [
  'createEdge Service shop/cart-edge: of cart, track edge',
]);
test('an edge that is as it should be is left alone', decides, stored(), []);
test(
  'one that is being deleted is waited for',
  decides,
  stored({ metadata: { ...stored().metadata, deleting: true } }),
  [],
);
test(
  'S4 one without our label is never touched',
  decides,
  stored({ metadata: { ...stored().metadata, labels: {} }, selector: { by: 'hand' }, headless: false }),
  [],
);
test(
  'everything that differs is put right in one write',
  decides,
  stored({
    metadata: { ...stored().metadata, labels: { [EDGE_OF_LABEL]: 'other' } },
    owners: [],
    selector: { app: 'cart' },
    ports: [],
    ipFamilies: ['IPv4', 'IPv6'],
  }),
  [
    'updateEdge Service shop/cart-edge: metadata.labels, metadata.ownerReferences, spec.selector, spec.ports, spec.ipFamilies',
  ],
);
test('one with an address is made again: that cannot be changed', decides, stored({ headless: false }), [
  'removeEdge Service shop/cart-edge: of cart, to be made again',
]);
test('so is one whose first family is another', decides, stored({ ipFamilies: ['IPv6', 'IPv4'] }), [
  'removeEdge Service shop/cart-edge: of cart, to be made again',
]);

test('only what differs is written, and a key too many is taken out', t => {
  const [action] = decided(stored({ selector: { app: 'cart', track: 'edge', more: 'x' } }));
  t.like(action, {
    kind: 'updateEdge',
    resourceVersion: '7',
    patch: { spec: { selector: { more: null, app: 'cart', track: 'edge' } } },
  });
});

test('an edge that no rule names any more goes, by uid and version', t => {
  t.like(decided(stored(), { wanted: false })[0], { kind: 'removeEdge', uid: 'edge', resourceVersion: '7' });
});

test('nothing is taken away where an Ingress cannot be read', t => {
  t.deepEqual(decided(stored(), { wanted: false, blind: true }), []);
});

test('a Service that nobody planned and that has no label of ours is not looked at', t => {
  t.deepEqual(decided(stored({ metadata: { ...stored().metadata, labels: {} } }), { wanted: false }), []);
});
