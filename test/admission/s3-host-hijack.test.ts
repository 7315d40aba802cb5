import test from 'ava';
import { STANDALONE_OPTIONS } from '../../src/admission/admission-options.ts';
import { ClusterIndex } from '../../src/admission/cluster-index.ts';
import type { ClusterView } from '../../src/admission/cluster-view.ts';
import { hostKey } from '../../src/core/host-key.ts';
import type { Ingress } from '../../src/core/objects/ingress.ts';
import { parseIngress } from '../../src/core/objects/parse-ingress.ts';
import { translate } from '../../src/core/translate.ts';
import {
  type IngressParts,
  ingressOf,
  review,
  ruleOf,
  SERVICE_CONFIG,
  stored,
} from '../helpers/admission.ts';
import { snapshot, WORLD_OPTIONS } from '../helpers/stored-world.ts';

// S3: OpenShift and NGINX IC let the oldest win; Caddy's CVE-2026-27588 compared with case from the 101st host on.

const OWN = ['taobao.com', 'xn--bcher-kva.example', '*.taobao.com'];

const parsed = (object: unknown): Ingress => {
  const result = parseIngress(object);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
};

/** Namespace A holds OWN, and so many other hosts that `count` are known. */
const storedByA = (count: number): readonly Ingress[] => {
  const hosts = [...Array.from({ length: count - OWN.length }, (_, i) => `h${i}.a.example`), ...OWN];
  const ingresses: Ingress[] = [];
  for (let at = 0; at < hosts.length; at += 100) {
    const rules = hosts.slice(at, at + 100).map(host => ruleOf(host));
    ingresses.push(parsed(stored(ingressOf({ namespace: 'a', name: `a-${at}`, rules }))));
  }
  return ingresses;
};

const viewOf = (ingresses: readonly Ingress[]): Pick<ClusterView, 'claimHolder'> => {
  const index = new ClusterIndex(STANDALONE_OPTIONS);
  index.apply({
    ingressClasses: [],
    ingresses: ingresses.map(after => ({
      namespace: after.metadata.namespace,
      name: after.metadata.name,
      after,
    })),
  });
  return { claimHolder: domain => index.claimHolder(domain) };
};

const SPELLINGS = [
  'taobao.com',
  'TaoBao.COM',
  'taobao.com.',
  'TAOBAO.COM.',
  hostKey('taobao.com'),
  'bücher.example',
  'BÜCHER.Example.',
  'XN--BCHER-KVA.example',
  'bücher。example',
  '*.taobao.com',
  '*.TAOBAO.com.',
];

const WAYS: readonly (readonly [string, (host: string) => IngressParts])[] = [
  ['as a rule', host => ({ rules: [ruleOf(host)] })],
  ['as a second rule', host => ({ rules: [ruleOf('b.example'), ruleOf(host)] })],
  ['as an alias', host => ({ rules: [ruleOf('b.example')], annotations: { 'sluice.dev/aliases': host } })],
  [
    'in a map of aliases',
    host => ({
      rules: [ruleOf('b.example')],
      annotations: { 'sluice.dev/aliases': JSON.stringify({ 'b.example': [host] }) },
    }),
  ],
  [
    'as a server-alias',
    host => ({
      rules: [ruleOf('b.example')],
      annotations: { 'nginx.ingress.kubernetes.io/server-alias': host },
    }),
  ],
  [
    'in the service-config',
    host => ({
      rules: [ruleOf('b.example')],
      annotations: { [SERVICE_CONFIG]: JSON.stringify({ hosts: { 'b.example': [host] } }) },
    }),
  ],
];

for (const count of [OWN.length, 101, 10_001]) {
  const held = storedByA(count);
  const view = viewOf(held);
  const planOfA = (others: readonly Ingress[]): string => {
    const { plan } = translate(snapshot({ ingresses: [...held, ...others] }), WORLD_OPTIONS);
    return JSON.stringify(plan.hosts.filter(({ host }) => OWN.includes(host)));
  };
  const alone = planOfA([]);

  for (const [way, partsOf] of WAYS) {
    test(`S3: with ${count} hosts known, namespace B cannot take a host of A ${way}, however it is spelt`, t => {
      for (const host of SPELLINGS) {
        const object = ingressOf({ namespace: 'b', name: 'b', ...partsOf(host) });
        for (const old of [
          null,
          stored(ingressOf({ namespace: 'b', name: 'b', rules: [ruleOf('b.example')] })),
        ]) {
          const codes = review(object, { view, old }).denials.map(({ code }) => code);
          // A key is no name for an alias.
          const isKeyAlias = host === hostKey('taobao.com') && !way.includes('rule');
          t.deepEqual(codes, [isKeyAlias ? 'HostInvalid' : 'HostTaken'], `${host} ${JSON.stringify(codes)}`);
        }
        t.deepEqual(
          review(ingressOf({ namespace: 'a', name: 'more', ...partsOf(host) }), { view }).denials.filter(
            ({ code }) => code === 'HostTaken',
          ),
          [],
        );
      }
    });
  }

  test(`S3: with ${count} hosts known, A's routes stay as they are if B's Ingress is stored all the same`, t => {
    const intruders = SPELLINGS.flatMap((host, i) =>
      WAYS.map(([, partsOf], j) => ({
        ...ingressOf({ namespace: 'b', name: `b-${i}-${j}`, ...partsOf(host) }),
      })),
    );
    // Both as sent, the webhook being away, and as mutated by a webhook that nobody validated.
    const all = intruders.flatMap(object => [parsed(object), parsed(review(object).object)]);
    t.is(
      planOfA(all.map(ingress => ({ ...ingress, metadata: { ...ingress.metadata, fileOrder: 1 } }))),
      alone,
    );
  });
}

test('S3: a host with a port is no way around', t => {
  const { denials } = review(ingressOf({ namespace: 'b', rules: [ruleOf('taobao.com:80')] }), {
    view: viewOf(storedByA(3)),
  });
  t.deepEqual(
    denials.map(({ code }) => code),
    ['HostInvalid'],
  );
});

test('S3: a host that leaves the class and comes back under another namespace is asked for again', t => {
  const view = viewOf(storedByA(3));
  const foreign = ingressOf({ namespace: 'b', className: 'nginx' });
  t.deepEqual(review(foreign, { view }).denials, []);
  const codes = review(ingressOf({ namespace: 'b' }), { view, old: foreign }).denials.map(({ code }) => code);
  t.deepEqual(codes, ['HostTaken']);
});
