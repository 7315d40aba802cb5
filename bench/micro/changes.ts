import { parseArgs } from 'node:util';
import { planBatches } from '../../router/routing/plan-delta.ts';
import { RouteTable } from '../../router/routing/table.ts';
import { STANDALONE_OPTIONS } from '../../src/admission/admission-options.ts';
import { hostKey } from '../../src/core/host-key.ts';
import { type ObjectChanges, PendingChanges } from '../../src/core/object-changes.ts';
import type { KubernetesObject } from '../../src/core/objects/objects.ts';
import { parseObject } from '../../src/core/objects/parse-object.ts';
import { DEFAULT_ANNOTATION, printServiceConfig } from '../../src/core/service-config.ts';
import { Translator } from '../../src/core/translation/translator.ts';

// From changed objects to the delta for the workers, and what a worker does with it, in one process:
// `taskset -c 0 node bench/micro/changes.ts --ingresses 100000 --hosts 1 --services 1000`

const { values } = parseArgs({
  options: {
    ingresses: { type: 'string', default: '1000' },
    /** Of one Ingress. */
    hosts: { type: 'string', default: '100' },
    services: { type: 'string', default: '100' },
    changes: { type: 'string', default: '50' },
  },
});
const [ingresses, hostsEach, services, changes] = [
  values.ingresses,
  values.hosts,
  values.services,
  values.changes,
].map(Number) as [number, number, number, number];

const read = (manifest: unknown): KubernetesObject => {
  const parsed = parseObject(manifest);
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
  return parsed.value;
};

const ingressOf = (at: number, version: number): KubernetesObject => {
  const hosts = Array.from({ length: hostsEach }, (_, nth) => `shop-${at}-${nth}.bench.test`);
  const names = [`web-${at % services}`, `body-${at % services}`] as const;
  const path = (text: string, name: string): object => ({
    path: text,
    pathType: 'Prefix',
    backend: { service: { name, port: { number: 80 } } },
  });
  return read({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: `shop-${at}`,
      namespace: 'bench',
      annotations: {
        [DEFAULT_ANNOTATION]: printServiceConfig({
          hosts: Object.fromEntries(hosts.map(host => [hostKey(host), [host]])),
          tickets: [{ header: { foo: `bar-${version}` } }, { cookie: { user: { regex: '^jack-[0-9]+$' } } }],
          serviceMap: Object.fromEntries(names.map(name => [name, `${name}-edge`])),
        }),
      },
    },
    spec: {
      rules: hosts.map(host => ({
        host: hostKey(host),
        http: { paths: [path('/upload', names[1]), path('/ws', names[1]), path('/', names[0])] },
      })),
    },
  });
};

const serviceOf = (name: string): KubernetesObject =>
  read({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'bench' },
    spec: { selector: { app: name }, ports: [{ port: 80 }] },
  });

/** Ten endpoints; `version` moves one of them. */
const sliceOf = (name: string, version: number): KubernetesObject =>
  read({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-slice`, namespace: 'bench', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ port: 80 }],
    endpoints: Array.from({ length: 10 }, (_, nth) => ({
      addresses: [`10.0.${nth === 0 ? version % 250 : 0}.${nth + 1}`],
      targetRef: { kind: 'Pod', name: `${name}-${nth}`, namespace: 'bench', uid: `${name}-${nth}` },
    })),
  });

const all = (): ObjectChanges => {
  const pending = new PendingChanges();
  for (let at = 0; at < services; at += 1) {
    for (const name of [`web-${at}`, `body-${at}`]) {
      pending.set(serviceOf(name));
      pending.set(sliceOf(name, 0));
    }
  }
  for (let at = 0; at < ingresses; at += 1) pending.set(ingressOf(at, 0));
  return pending.take();
};

const one = (object: KubernetesObject): ObjectChanges => ({ set: [object], removed: [], claims: new Map() });

const quantile = (sorted: readonly number[], share: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(2);

const print = (what: string, ms: readonly number[]): void => {
  const sorted = ms.toSorted((a, b) => a - b);
  process.stdout.write(
    `${what.padEnd(44)}median ${quantile(sorted, 0.5).padStart(8)} ms, p90 ${quantile(sorted, 0.9).padStart(8)}, at most ${quantile(sorted, 1).padStart(8)}\n`,
  );
};

const timed = (task: () => void): number => {
  const start = performance.now();
  task();
  return performance.now() - start;
};

const heapMiB = (): string => {
  globalThis.gc?.();
  return `${Math.round(process.memoryUsage().heapUsed / 1048576)} MiB of heap`;
};

process.stdout.write(
  `${ingresses} Ingresses of ${hostsEach} hosts each, ${2 * services} Services of 10 endpoints\n`,
);
const objects = all();
process.stdout.write(`objects: ${heapMiB()}\n`);
const translator = new Translator({
  ...STANDALONE_OPTIONS,
  endpoints: { allowLoopback: false, requirePodTargetRef: true },
  impliedEdgeServices: true,
});
print('start: all objects', [timed(() => translator.apply(objects))]);
process.stdout.write(`objects and translator: ${heapMiB()}\n`);
const table = new RouteTable();
print('start: the table of a worker', [
  timed(() => {
    for (const batch of planBatches(translator.plan)) table.apply(structuredClone(batch));
  }),
]);
process.stdout.write(`with a worker's table: ${heapMiB()}\n`);

const measured = (what: string, versionOf: (nth: number) => KubernetesObject): void => {
  const inPrimary: number[] = [];
  const inWorker: number[] = [];
  for (let nth = 1; nth <= changes; nth += 1) {
    const object = versionOf(nth);
    let delta = translator.apply({ set: [], removed: [], claims: new Map() });
    inPrimary.push(
      timed(() => {
        delta = translator.apply(one(object));
        void translator.plan;
        void translator.reports;
      }),
    );
    const received = structuredClone(delta);
    inWorker.push(timed(() => table.apply(received)));
  }
  print(`${what}, object to delta`, inPrimary);
  print(`${what}, in a worker`, inWorker);
};

measured('tickets of one Ingress', nth => ingressOf(nth % ingresses, nth));
measured('endpoints of one Service', nth => sliceOf(`web-${nth % services}`, nth));
measured('one Service', nth => {
  const object = serviceOf(`web-${nth % services}`);
  return object.kind === 'Service' ? { ...object, selector: { ...object.selector, nth: `${nth}` } } : object;
});
