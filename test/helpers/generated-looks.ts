import fc from 'fast-check';
import type { KubernetesObject, ObjectSnapshot } from '../../src/core/objects/objects.ts';
import { EVERY_TCP_PORT } from '../../src/core/tcp-ports.ts';
import type { TranslatorOptions } from '../../src/core/translation/translation.ts';
import { anySnapshot } from './generated-snapshots.ts';
import { metadata, service } from './kubernetes-objects.ts';
import { snapshot, WORLD_OPTIONS } from './stored-world.ts';

/** All objects and claims of one moment. */
export type Look = { readonly snapshot: ObjectSnapshot; readonly claims: ReadonlyMap<string, string> };

/** What is claimed: hosts, and a TCP port. */
export const DOMAINS: readonly string[] = ['taobao.com', 'www.taobao.com', '*.taobao.com', '', ':33306'];

const NAMESPACES = ['shop', 'mall'];

/** In a cluster and in standalone; classes count in some, claims do not in others. */
export const translatorOptions: fc.Arbitrary<TranslatorOptions> = fc
  .record({
    impliedEdgeServices: fc.boolean(),
    hostOwnership: fc.constantFrom('claims' as const, 'claims' as const, 'off' as const),
    catchAllNamespaces: fc.constantFrom('any' as const, ['shop'] as const),
    requirePodTargetRef: fc.boolean(),
    classes: fc.constantFrom([], [], [{ name: 'nginx', entry: '' }]),
    ports: fc.constantFrom(EVERY_TCP_PORT, EVERY_TCP_PORT, { tcpPorts: [33_306], tcpPortRange: null }),
    defaultCertificate: fc.constantFrom({}, {}, { defaultCertificate: 'shop/cert-a' }),
    secrets: fc.constantFrom('all' as const, 'all' as const, 'granted' as const, 'none' as const),
  })
  .map(({ requirePodTargetRef, classes, ports, defaultCertificate, ...rest }) => ({
    ...WORLD_OPTIONS,
    ...rest,
    ...ports,
    ...defaultCertificate,
    classes,
    everyClass: classes.length === 0,
    endpoints: { allowLoopback: false, requirePodTargetRef },
  }));

/** Services as they come and go beside those of `anySnapshot`: edges that are stored, of which some are not ours. */
const storedEdges = fc.subarray(
  NAMESPACES.flatMap(namespace => [
    service('cart-edge', {
      selector: { app: 'cart', track: 'edge' },
      metadata: { namespace, labels: { 'sluice.dev/edge-of': 'cart' } },
    }),
    service('cart-edge', { selector: { app: 'gray' }, metadata: { namespace } }),
    service('order-edge', { selector: null, metadata: { namespace } }),
    service('cart', { selector: { app: 'cart', track: 'stable' }, metadata: { namespace } }),
    service('order', { type: 'ExternalName', selector: null, metadata: { namespace } }),
    service('www', { ports: [], metadata: { namespace, annotations: { 'sluice.dev/edge-selector': '=' } } }),
  ]),
);

const secret = (name: string, file: string): KubernetesObject => ({
  kind: 'Secret',
  metadata: metadata(name),
  type: 'Opaque',
  data: { auth: Buffer.from(file).toString('base64') },
});

const secrets = fc.constantFrom(
  [],
  [secret('users', 'jack:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=')],
  [secret('users', 'jack:plain')],
);

const ingressClasses = fc.constantFrom(
  [],
  ['sluice.dev/router', 'k8s.io/ingress-nginx'].slice(0, 1).map(controller => ({
    kind: 'IngressClass' as const,
    metadata: metadata('nginx', { namespace: '' }),
    controller,
  })),
);

const claims = fc
  .dictionary(fc.constantFrom(...DOMAINS), fc.constantFrom(...NAMESPACES, 'gone'), { noNullPrototype: false })
  .map(record => new Map(Object.entries(record)));

const USERS = {
  'nginx.ingress.kubernetes.io/auth-type': 'basic',
  'nginx.ingress.kubernetes.io/auth-secret': 'users',
};

type Parts = { readonly [K in keyof ObjectSnapshot]: ObjectSnapshot[K][number] };

/** Later objects of a name take the place of earlier ones. */
const byName = <T extends Parts[keyof Parts]>(objects: readonly T[]): readonly T[] => [
  ...new Map(
    objects.map(object => [`${object.metadata.namespace}/${object.metadata.name}`, object]),
  ).values(),
];

const look: fc.Arbitrary<Look> = fc
  .record({ whole: anySnapshot, storedEdges, secrets, ingressClasses, claims, asksUsers: fc.boolean() })
  .map(
    ({ whole, storedEdges: more, secrets: known, ingressClasses: classes, claims: recorded, asksUsers }) => ({
      snapshot: snapshot({
        ...whole,
        ingresses: whole.ingresses.map((ingress, at) => ({
          ...ingress,
          className: at === 1 ? 'nginx' : null,
          metadata:
            at === 0 && asksUsers
              ? { ...ingress.metadata, annotations: { ...ingress.metadata.annotations, ...USERS } }
              : ingress.metadata,
        })),
        services: byName([...whole.services, ...more]),
        secrets: [...whole.secrets, ...known.flatMap(one => (one.kind === 'Secret' ? one : []))],
        ingressClasses: classes,
      }),
      claims: recorded,
    }),
  );

const KINDS = [
  'ingresses',
  'services',
  'pods',
  'endpointSlices',
  'namespaces',
  'ingressClasses',
  'secrets',
] as const;

/** The next look: of each kind some objects as they were, some as in another look, some gone. */
const mixed = (before: ObjectSnapshot, other: ObjectSnapshot, keep: readonly boolean[]): ObjectSnapshot => {
  let at = 0;
  const keeps = (): boolean => {
    at += 1;
    return keep[at % keep.length] ?? true;
  };
  const mix = <T extends Parts[keyof Parts]>(old: readonly T[], now: readonly T[]): readonly T[] =>
    byName([...old.filter(keeps), ...now.filter(() => !keeps())]);
  return {
    ingresses: mix(before.ingresses, other.ingresses),
    services: mix(before.services, other.services),
    pods: mix(before.pods, other.pods),
    endpointSlices: mix(before.endpointSlices, other.endpointSlices),
    namespaces: mix(before.namespaces, other.namespaces),
    ingressClasses: mix(before.ingressClasses, other.ingressClasses),
    secrets: mix(before.secrets, other.secrets),
  };
};

type Change = {
  readonly look: Look;
  readonly keep: readonly boolean[];
  readonly only: (typeof KINDS)[number] | null;
};

/** Looks that follow one another: between two of them anything may have changed, or a few objects of one kind. */
export const looks: fc.Arbitrary<readonly Look[]> = fc
  .tuple(
    look,
    fc.array(
      fc.record<Change>({
        look,
        keep: fc.array(
          fc.nat({ max: 4 }).map(n => n > 0),
          { minLength: 7, maxLength: 7 },
        ),
        only: fc.constantFrom(null, ...KINDS),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([first, changes]) => {
    const sequence = [first];
    let before = first;
    for (const { look: other, keep, only } of changes) {
      const next = mixed(before.snapshot, other.snapshot, keep);
      before =
        only === null
          ? { snapshot: next, claims: other.claims }
          : { snapshot: { ...before.snapshot, [only]: next[only] }, claims: before.claims };
      sequence.push(before);
    }
    return sequence;
  });
