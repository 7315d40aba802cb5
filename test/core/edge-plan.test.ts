import test from 'ava';
import fc from 'fast-check';
import {
  type EdgeMapping,
  type EdgePlanInput,
  mappingIdentity,
  planEdgeServices,
  resolveTracks,
} from '../../src/core/edge-plan.ts';
import type { Service } from '../../src/core/objects/service.ts';
import { metadata, service } from '../helpers/kubernetes-objects.ts';

const mapping = (
  stable: string,
  edge: string,
  parts: Partial<EdgeMapping> & { ageMs?: number } = {},
): EdgeMapping => ({
  asker: { kind: 'Ingress', metadata: metadata('web', { createdMs: parts.ageMs ?? 1 }) },
  stable,
  track: 'edge',
  edge,
  ...parts,
});

const ofIngress = (name: string, createdMs: number): Pick<EdgeMapping, 'asker'> => ({
  asker: { kind: 'Ingress', metadata: metadata(name, { createdMs }) },
});

/** Who asks for a mapping. */
const askersOf = ({ mappings }: EdgePlanInput, identity: string): string =>
  mappings
    .filter(one => mappingIdentity(one) === identity)
    .map(({ asker }) => `${asker.kind} ${asker.metadata.name}`)
    .join(', ');

/** A plan in a few words: `edge=selector`, `stable/track>edge`, `reason object`. */
const summary = (input: EdgePlanInput) => {
  const plan = planEdgeServices(input);
  return {
    services: plan.services.map(
      spec => `${spec.name} of ${spec.stable}: ${new URLSearchParams({ ...spec.selector })}`,
    ),
    edges: [...plan.edges].flatMap(([stable, edges]) =>
      edges.map(({ track, edge }) => `${stable} ${track} ${edge}`),
    ),
    reports: [
      ...plan.reports.map(({ reason, object }) => `${reason} ${object.kind} ${object.name}`),
      ...[...new Set(input.mappings.map(mappingIdentity))].flatMap(identity => {
        const refusal = plan.refusals.get(identity);
        return refusal === undefined ? [] : [`${refusal.reason} ${askersOf(input, identity)}`];
      }),
    ].sort(),
  };
};

const plans = test.macro({
  exec(t, input: EdgePlanInput, expected: Partial<ReturnType<typeof summary>>) {
    t.deepEqual(summary(input), { services: [], edges: [], reports: [], ...expected });
  },
  title: (title = '') => title,
});

const cart = service('cart');
const order = service('order');
const managed = (
  name: string,
  stable: string,
  selector: Service['selector'] = { app: stable, track: 'edge' },
) => service(name, { selector, metadata: { labels: { 'sluice.dev/edge-of': stable } } });

test(
  'a mapping becomes a Service with the edge selector laid over the stable one',
  plans,
  { services: [cart], mappings: [mapping('cart', 'cart-edge')] },
  { services: ['cart-edge of cart: app=cart&track=edge'], edges: ['shop/cart edge cart-edge'] },
);

test(
  'the same mapping in several Ingresses is one Service',
  plans,
  {
    services: [cart],
    mappings: [mapping('cart', 'cart-edge'), mapping('cart', 'cart-edge', ofIngress('b', 2))],
  },
  { services: ['cart-edge of cart: app=cart&track=edge'], edges: ['shop/cart edge cart-edge'] },
);

test(
  'each track has its own Service, the default track first',
  plans,
  {
    services: [cart],
    mappings: [mapping('cart', 'cart-beta', { track: 'beta' }), mapping('cart', 'cart-edge')],
  },
  {
    services: ['cart-beta of cart: app=cart&track=beta', 'cart-edge of cart: app=cart&track=edge'],
    edges: ['shop/cart edge cart-edge', 'shop/cart beta cart-beta'],
  },
);

test(
  'an edge Service that we made is planned as it should be, whatever it looks like now',
  plans,
  { services: [cart, managed('cart-edge', 'cart', { old: 'x' })], mappings: [mapping('cart', 'cart-edge')] },
  { services: ['cart-edge of cart: app=cart&track=edge'], edges: ['shop/cart edge cart-edge'] },
);

test(
  'an existing Service without our label is routed to, reported and never planned',
  plans,
  {
    services: [cart, service('cart-edge', { selector: { app: 'gray' } })],
    mappings: [mapping('cart', 'cart-edge')],
  },
  { edges: ['shop/cart edge cart-edge'], reports: ['EdgeServiceUnmanaged Service cart-edge'] },
);

test(
  'an existing Service that selects all stable pods makes the mapping void',
  plans,
  {
    services: [cart, service('cart-all', { selector: { app: 'cart' } })],
    mappings: [mapping('cart', 'cart-all')],
  },
  { reports: ['EdgeSelectorVoid Service cart'] },
);

test(
  'one edge name asked for by two stable Services belongs to that of the older Ingress',
  plans,
  {
    services: [cart, order],
    mappings: [mapping('cart', 'gray', ofIngress('young', 2)), mapping('order', 'gray', ofIngress('old', 1))],
  },
  {
    services: ['gray of order: app=order&track=edge'],
    edges: ['shop/order edge gray'],
    reports: ['EdgeNameTaken Ingress young'],
  },
);

test(
  'one edge name for two tracks would need two selectors: the default track has it',
  plans,
  { services: [cart], mappings: [mapping('cart', 'gray', { track: 'beta' }), mapping('cart', 'gray')] },
  {
    services: ['gray of cart: app=cart&track=edge'],
    edges: ['shop/cart edge gray'],
    reports: ['EdgeNameTaken Ingress web'],
  },
);

test(
  'two tracks may share a Service that we did not make',
  plans,
  {
    services: [cart, service('gray')],
    mappings: [mapping('cart', 'gray', { track: 'beta' }), mapping('cart', 'gray')],
  },
  {
    edges: ['shop/cart edge gray', 'shop/cart beta gray'],
    reports: ['EdgeServiceUnmanaged Service gray', 'EdgeServiceUnmanaged Service gray'],
  },
);

test(
  'an edge Service gets no edge of its own, whether it is stored or planned',
  plans,
  {
    services: [cart, order, managed('order-edge', 'order')],
    mappings: [
      mapping('cart', 'order'),
      mapping('order', 'x', ofIngress('b', 2)),
      mapping('order-edge', 'order-edge-edge', ofIngress('c', 3)),
    ],
  },
  {
    edges: ['shop/cart edge order'],
    reports: ['EdgeServiceUnmanaged Service order', 'EdgeOfEdge Ingress b', 'EdgeOfEdge Ingress c'].sort(),
  },
);

test(
  'a stable Service with an edge cannot become the edge of a younger mapping, nor its own',
  plans,
  {
    services: [cart, order],
    mappings: [
      mapping('order', 'order-edge'),
      mapping('cart', 'order', ofIngress('b', 2)),
      mapping('cart', 'cart', ofIngress('c', 3)),
    ],
  },
  {
    services: ['order-edge of order: app=order&track=edge'],
    edges: ['shop/order edge order-edge'],
    reports: ['EdgeOfEdge Ingress b', 'EdgeOfEdge Ingress c'],
  },
);

test(
  'a stable Service that is not there, and an edge that is no name, are reported',
  plans,
  { services: [cart], mappings: [mapping('order', 'order-edge'), mapping('cart', 'Cart_Edge\n')] },
  { reports: ['EdgeServiceInvalid Ingress web', 'StableMissing Ingress web'] },
);

test(
  'selectorless and ExternalName Services get a report, not a guess',
  plans,
  {
    services: [
      service('cart', { selector: null }),
      service('order', { type: 'ExternalName', selector: null }),
    ],
    mappings: [mapping('cart', 'cart-edge'), mapping('order', 'order-edge')],
  },
  { reports: ['StableExternalName Service order', 'StableSelectorless Service cart'] },
);

test(
  'a selectorless Service with an edge that somebody made by hand is routed',
  plans,
  {
    services: [service('cart', { selector: null }), service('cart-edge', { selector: null })],
    mappings: [mapping('cart', 'cart-edge')],
  },
  { edges: ['shop/cart edge cart-edge'], reports: ['EdgeServiceUnmanaged Service cart-edge'] },
);

test(
  'an edge selector that adds nothing makes the mapping void',
  plans,
  {
    services: [service('cart', { selector: { app: 'cart', track: 'edge' } })],
    mappings: [mapping('cart', 'cart-edge')],
  },
  { reports: ['EdgeSelectorVoid Service cart'] },
);

test(
  'a wrong edge selector is reported and the default holds',
  plans,
  {
    services: [service('cart', { metadata: { annotations: { 'sluice.dev/edge-selector': 'edge' } } })],
    mappings: [mapping('cart', 'cart-edge')],
  },
  {
    services: ['cart-edge of cart: app=cart&track=edge'],
    edges: ['shop/cart edge cart-edge'],
    reports: ['AnnotationInvalid Service cart'],
  },
);

test(
  'names mean the Services of the Ingress own namespace',
  plans,
  {
    services: [cart, service('cart', { metadata: { namespace: 'other' } })],
    mappings: [
      mapping('cart', 'cart-edge', {
        asker: { kind: 'Ingress', metadata: metadata('web', { namespace: 'other' }) },
      }),
    ],
  },
  { services: ['cart-edge of cart: app=cart&track=edge'], edges: ['other/cart edge cart-edge'] },
);

test('an Ingress is given those of its tracks that are valid', t => {
  const plan = planEdgeServices({
    services: [cart],
    mappings: [mapping('cart', 'cart-edge'), mapping('cart', 'cart-beta', { track: 'beta' })],
  });
  const tracksOf = (name: string) => plan.edges.get(`shop/${name}`) ?? [];
  t.deepEqual(
    [
      ...resolveTracks(
        tracksOf('cart'),
        new Map([
          ['edge', 'cart-edge'],
          ['beta', 'other'],
        ]),
      ),
    ],
    [['edge', 'cart-edge']],
  );
  t.deepEqual([...resolveTracks(tracksOf('x'), new Map([['edge', 'cart-edge']]))], []);
});

const name = fc.constantFrom('a', 'b', 'c', 'a-edge', 'b-edge');
const anyService = fc.record({
  name,
  selector: fc.option(
    fc.dictionary(fc.constantFrom('app', 'track'), fc.constantFrom('a', 'edge'), { minKeys: 1 }),
  ),
  edgeOf: fc.option(name),
});
const anyInput = fc.record({
  services: fc.uniqueArray(anyService, { selector: one => one.name }).map(list =>
    list.map(({ name, selector, edgeOf }) =>
      service(name, {
        selector,
        metadata: { labels: edgeOf === null ? {} : { 'sluice.dev/edge-of': edgeOf } },
      }),
    ),
  ),
  mappings: fc.array(
    fc.record({
      asker: fc
        .tuple(fc.constantFrom('Ingress' as const, 'Service' as const), fc.constantFrom(1, 2, 3))
        .map(([kind, ageMs]) => ({ kind, metadata: metadata(`i${ageMs}`, { createdMs: ageMs }) })),
      stable: name,
      track: fc.constantFrom('edge', 'beta'),
      edge: name,
    }),
    { maxLength: 10 },
  ),
});

test('the plan does not depend on the order of Services and mappings', t => {
  const shuffled = anyInput.chain(input =>
    fc.tuple(fc.constant(input), fc.shuffledSubarray(input.mappings, { minLength: input.mappings.length })),
  );
  const print = (input: EdgePlanInput): string => {
    const plan = planEdgeServices(input);
    return JSON.stringify([plan.services, [...plan.edges].sort(), plan.reports, [...plan.refusals].sort()]);
  };
  fc.assert(
    fc.property(
      shuffled,
      ([input, mappings]) => print(input) === print({ mappings, services: [...input.services].reverse() }),
    ),
    { numRuns: 500 },
  );
  t.pass();
});

test('no edge is ever an edge of an edge, and no Service that is not ours is planned', t => {
  fc.assert(
    fc.property(anyInput, input => {
      const plan = planEdgeServices(input);
      const edges = [...plan.edges.values()].flat().map(({ edge }) => `shop/${edge}`);
      const foreign = input.services.filter(one => !('sluice.dev/edge-of' in one.metadata.labels));
      const planned = plan.services.map(spec => spec.name);
      return (
        edges.every(edge => !plan.edges.has(edge)) &&
        foreign.every(one => !planned.includes(one.metadata.name)) &&
        new Set(planned).size === planned.length
      );
    }),
    { numRuns: 1000 },
  );
  t.pass();
});
