import { type AdmissionOptions, STANDALONE_OPTIONS } from '../../src/admission/admission-options.ts';
import { admit } from '../../src/admission/admit.ts';
import { ClusterIndex, type IndexChange } from '../../src/admission/cluster-index.ts';
import { LONE_VIEW } from '../../src/admission/cluster-view.ts';
import {
  CLAIMS_KEY,
  CLAIMS_LABEL,
  CLAIMS_LABEL_VALUE,
  type ClaimRecord,
  claimShard,
  printClaimRecords,
} from '../../src/core/claim-records.ts';
import type { Metadata } from '../../src/core/objects/metadata.ts';
import { parseConfigMap } from '../../src/core/objects/parse-config-map.ts';
import { parseIngress } from '../../src/core/objects/parse-ingress.ts';
import { parseService } from '../../src/core/objects/parse-service.ts';
import type { Result } from '../../src/core/problem.ts';

export type Manifest = Readonly<Record<string, unknown>>;

/** `sluice webhook` without flags. */
export const OPTIONS: AdmissionOptions = {
  ...STANDALONE_OPTIONS,
  classes: [{ name: 'sluice', entry: '' }],
  everyClass: false,
  catchAllNamespaces: [],
};

const NAMESPACES = 50;
const STABLE = ['cart-svc', 'order-svc', 'www-svc'] as const;
const CREATED_MS = Date.parse('2026-01-01T00:00:00Z');

/** Ingresses are spread over the namespaces. */
export const namespaceOf = (nth: number): string => `shop-${nth % NAMESPACES}`;
export const hostOf = (nth: number): string => `shop-${nth}.taobao.com`;

const pathTo = (path: string, service: string): Manifest => ({
  path,
  pathType: 'Prefix',
  backend: { service: { name: service, port: { number: 8080 } } },
});

/** The seed's Ingress as a team writes it: three paths, one alias, `tickets` for those who are grey. */
export const writtenIngress = (nth: number, tickets: string, host = hostOf(nth)): Manifest => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    name: `ing-${nth}`,
    namespace: namespaceOf(nth),
    uid: `00000000-0000-4000-8000-${String(nth).padStart(12, '0')}`,
    creationTimestamp: new Date(CREATED_MS + nth * 1000).toISOString().replace('.000Z', 'Z'),
    annotations: { 'sluice.dev/tickets': tickets, 'sluice.dev/aliases': `www.${host}` },
  },
  spec: {
    ingressClassName: 'sluice',
    rules: [
      {
        host,
        http: {
          paths: [pathTo('/cart', 'cart-svc'), pathTo('/order', 'order-svc'), pathTo('/', 'www-svc')],
        },
      },
    ],
  },
});

export const TESTERS = '{header: {foo: bar}}';

/** What an API server stores of a write. */
export const storedOf = (written: Manifest, oldObject: unknown = null): unknown => {
  const { object, denials } = admit(
    { object: written, oldObject },
    { options: OPTIONS, view: LONE_VIEW, nowMs: CREATED_MS },
  );
  const [denial] = denials;
  if (denial !== undefined) throw new Error(`an Ingress of the benchmark is denied: ${denial.message}`);
  return object;
};

/** Of an object that this file has made: a fault is a bug here. */
const changeOf = <T extends { readonly metadata: Metadata }>(parsed: Result<T>): IndexChange<T> => {
  if (!parsed.ok)
    throw new Error(`an object of the benchmark cannot be read: ${JSON.stringify(parsed.problems)}`);
  const { namespace, name } = parsed.value.metadata;
  return { namespace, name, after: parsed.value };
};

export const storedIngressChange = (nth: number, tickets = TESTERS) =>
  changeOf(parseIngress(storedOf(writtenIngress(nth, tickets))));

const servicesIn = (namespace: string) =>
  STABLE.map(name =>
    changeOf(
      parseService({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, namespace },
        spec: { selector: { app: name }, ports: [{ port: 8080 }] },
      }),
    ),
  );

/** The controller's record of every host and alias. */
const claimMaps = (count: number) => {
  const shards = new Map<string, Map<string, ClaimRecord>>();
  for (let nth = 0; nth < count; nth += 1) {
    for (const host of [hostOf(nth), `www.${hostOf(nth)}`]) {
      const shard = claimShard(host);
      const records = shards.get(shard) ?? new Map<string, ClaimRecord>();
      shards.set(
        shard,
        records.set(host, { namespace: namespaceOf(nth), sinceMs: CREATED_MS, goneMs: null }),
      );
    }
  }
  return [...shards].map(([name, records]) =>
    changeOf(
      parseConfigMap({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, namespace: 'sluice-system', labels: { [CLAIMS_LABEL]: CLAIMS_LABEL_VALUE } },
        data: { [CLAIMS_KEY]: printClaimRecords(records) },
      }),
    ),
  );
};

/** The webhook's index of a cluster with so many Ingresses, their Services and the claims of their hosts. */
export const indexOf = (count: number): ClusterIndex => {
  const index = new ClusterIndex(OPTIONS);
  index.apply({
    ingressClasses: [],
    namespaces: [],
    edgeSlices: [],
    services: Array.from({ length: NAMESPACES }, (_, nth) => servicesIn(namespaceOf(nth))).flat(),
    claimMaps: claimMaps(count),
    ingresses: Array.from({ length: count }, (_, nth) => storedIngressChange(nth)),
  });
  return index;
};
