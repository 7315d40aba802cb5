import test from 'ava';
import { canonicalHost } from '../../src/core/host.ts';
import { parseIngress } from '../../src/core/objects/parse-ingress.ts';
import { formatProblem } from '../../src/core/problem.ts';
import { translate } from '../../src/core/translate.ts';
import {
  APPLIED,
  annotationsOf,
  configOf,
  drainageOf,
  hostsOf,
  type Manifest,
  review,
  SERVICE_CONFIG,
  stored,
} from '../helpers/admission.ts';
import { path as pathTo, rule, snapshot, storedIngress, WORLD_OPTIONS } from '../helpers/stored-world.ts';
import { untouchable } from '../helpers/untouchable.ts';

// S1: ingress-nginx' CVE-2021-25745 to CVE-2026-24512, text of an Ingress that became configuration.

const PAYLOADS: readonly (readonly [name: string, text: string])[] = [
  ['newline', 'a\nb: c\r\n---\n'],
  ['quote', '","hosts":{},"x":"'],
  ['brace', '}}}};{{{{'],
  ['hash', '/ # {'],
  ['semicolon', '; return 200;'],
  ['template', '$' + '{jndi:x}$(id)`id`'],
  ['__proto__', '__proto__'],
  ['NUL', '\u0000'],
  ['control', '\u001b[2J\u2028\u202e\u0085'],
  ['1 MB', 'a'.repeat(1_000_000)],
  ['1 MB of names', 'a,'.repeat(500_000)],
  ['1 MB of distinct names', Array.from({ length: 120_000 }, (_, i) => `n${i}.com`).join(',')],
];

/** A value that stands in an annotation as JSON. */
type Written = { readonly json: unknown };

const template = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    name: 'mallory',
    namespace: 'mallory',
    uid: 'u',
    labels: { app: 'web' },
    annotations: {
      'example.com/note': 'x',
      'sluice.dev/tickets': {
        json: [
          {
            header: { foo: { regex: 'a+' }, bar: 'x' },
            cookie: { uid: { in: ['1', '2'] } },
            query: { q: 'v' },
            method: ['GET'],
            sourceIP: ['10.0.0.0/8'],
            percent: 5,
            hashOn: 'header:uid',
            salt: 's',
            to: 'edge',
            services: ['web'],
            expires: '2027-01-01T00:00:00Z',
            description: 'd',
          },
        ],
      } satisfies Written,
      'sluice.dev/aliases': { json: { 'mallory.com': ['www.mallory.com'] } } satisfies Written,
      'sluice.dev/edge-services': { json: { web: { edge: 'web-edge' } } } satisfies Written,
      'sluice.dev/on-empty-edge': 'stable',
      'sluice.dev/paused': 'false',
      'sluice.dev/rewrite': 'on',
      'sluice.dev/applied': {
        json: { by: 'sluice.dev/router', entry: '', sections: {}, dns: ['a'] },
      } satisfies Written,
      [SERVICE_CONFIG]: {
        json: { hosts: { 'mallory.com': ['m.mallory.com'] }, drainage: { onEmptyEdge: 'stable' } },
      } satisfies Written,
      'nginx.ingress.kubernetes.io/server-alias': 'n.mallory.com',
      'nginx.ingress.kubernetes.io/rewrite-target': '/x',
      'nginx.ingress.kubernetes.io/use-regex': 'true',
      'nginx.ingress.kubernetes.io/canary': 'false',
      'nginx.ingress.kubernetes.io/proxy-body-size': '8m',
      'external-dns.kubernetes.io/hostname': 'mallory.com',
    },
  },
  spec: {
    ingressClassName: 'sluice',
    rules: [
      {
        host: 'mallory.com',
        http: {
          paths: [
            { path: '/a', pathType: 'Prefix', backend: { service: { name: 'web', port: { name: 'http' } } } },
            {
              path: '/b.*',
              pathType: 'ImplementationSpecific',
              backend: { resource: { kind: 'Bucket', name: 'b' } },
            },
          ],
        },
      },
    ],
    tls: [{ hosts: ['mallory.com'], secretName: 'tls' }],
  },
};

type Place = { readonly path: readonly (string | number)[]; readonly isName: boolean };

/** Every string in the template: values, and names where an author chooses them. */
const placesIn = (value: unknown, path: readonly (string | number)[], named: boolean): readonly Place[] => {
  if (typeof value === 'string') return [{ path, isName: false }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => {
    const at = [...path, name];
    const inside = named || name === 'annotations' || name === 'labels' || name === 'json';
    const self = named && !Array.isArray(value) && name !== 'json' ? [{ path: at, isName: true }] : [];
    return [...self, ...placesIn(item, at, inside)];
  });
};

const PLACES = placesIn(template, [], false);

const changedAt = (value: unknown, { path, isName }: Place, change: (text: string) => string): unknown => {
  const [first, ...rest] = path;
  if (first === undefined) return change(String(value));
  if (Array.isArray(value))
    return value.map((item, i) =>
      String(i) === first ? changedAt(item, { path: rest, isName }, change) : item,
    );
  return Object.fromEntries(
    Object.entries(value as Manifest).map(([name, item]) => {
      if (name !== first) return [name, item];
      return rest.length === 0 && isName
        ? [change(name), item]
        : [name, changedAt(item, { path: rest, isName }, change)];
    }),
  );
};

/** The template with its annotations written out. */
const written = (tree: unknown): Manifest => {
  const object = tree as Manifest & { metadata: Manifest & { annotations: Manifest } };
  const { annotations } = object.metadata;
  const texts = Object.entries(annotations ?? {}).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify((value as Written).json),
  ]);
  return { ...object, metadata: { ...object.metadata, annotations: Object.fromEntries(texts) } };
};

const victim = storedIngress('victim', {
  namespace: 'victim',
  createdMs: 1,
  config: {
    hosts: { 'victim.com': ['victim.com'] },
    tickets: { header: { foo: 'bar' } },
    serviceMap: { v: 'v-edge' },
  },
  rules: [rule('victim.com', pathTo('/', 'v'))],
});

const victimPlan = (object: unknown): string => {
  const parsed = object === null ? null : parseIngress(object);
  const ingresses = parsed?.ok ? [victim, parsed.value] : [victim];
  const { plan } = translate(snapshot({ ingresses }), WORLD_OPTIONS);
  return JSON.stringify(plan.hosts.find(({ host }) => host === 'victim.com'));
};

const UNTOUCHED = victimPlan(null);
const ONE_LINE = /^[^\p{Cc}\u2028\u2029\u202e]{1,2000}$/u;

for (const [name, payload] of PAYLOADS) {
  test(`S1: ${name} in any string of an Ingress stays data, harms no other Ingress and breaks no message`, t => {
    for (const place of PLACES) {
      for (const change of [() => payload, (text: string) => text + payload]) {
        const object = written(changedAt(template, place, change));
        const where = place.path.join('.');
        const admission = review(object);
        for (const line of [...admission.denials.map(formatProblem), ...admission.warnings])
          t.regex(line, ONE_LINE, where);
        t.is(untouchable(admission.object), untouchable(object), where);
        t.is(victimPlan(object), UNTOUCHED, where);
        t.is(victimPlan(admission.object), UNTOUCHED, where);
        if (admission.denials.length > 0 || !Object.hasOwn(annotationsOf(admission.object), APPLIED))
          continue;
        const config = configOf(admission.object);
        const hosts = config.hosts as Readonly<Record<string, readonly string[]>>;
        t.deepEqual(Object.keys(config).sort(), ['drainage', 'hosts'], where);
        for (const key of Object.keys(drainageOf(admission.object)))
          t.true(['onEmptyEdge', 'serviceMap', 'tickets'].includes(key), where);
        for (const [key, domains] of Object.entries(hosts)) {
          t.regex(key, /^[0-9a-f]{32,}$/, where);
          for (const domain of domains) t.is(canonicalHost(domain), domain, where);
        }
        t.deepEqual(Object.keys(hosts), hostsOf(admission.object), where);
      }
    }
    t.deepEqual(Object.keys(Object.prototype), []);
    t.is(({} as Manifest).foo, undefined);
  });
}

test('S1: the places that are tried are all of them, and the template itself is admitted', t => {
  t.true(PLACES.length > 70, `${PLACES.length} places`);
  t.deepEqual(review(written(template)).denials, []);
});

test('S1: hostile text in a ticket is stored as the value that is compared, byte for byte', t => {
  for (const [, payload] of PAYLOADS.filter(([, text]) => text.length < 1000)) {
    const ticket = { cookie: { uid: payload }, description: payload };
    const object = stored({
      ...written(template),
      metadata: {
        name: 'mallory',
        namespace: 'mallory',
        annotations: { 'sluice.dev/tickets': JSON.stringify(ticket) },
      },
    });
    t.deepEqual(drainageOf(object).tickets, ticket);
    t.is(annotationsOf(object)['sluice.dev/tickets'], JSON.stringify(ticket));
  }
});
