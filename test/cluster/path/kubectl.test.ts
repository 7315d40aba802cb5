import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { TAOBAO_KEY } from '../../helpers/admission.ts';
import { answered } from '../control-plane/answered.ts';
import { eventually } from '../control-plane/eventually.ts';
import { canInstall, productForTests } from '../product/product-for-tests.ts';
import { SEED } from '../seed-manifests.ts';
import { versionUnderTest } from '../versions.ts';

const { plane } = productForTests(test);
const serial = canInstall ? test.serial : test.serial.skip;

// The seed's own namespace and name.
const NAMESPACE = 'default';
const NAME = 'taobao-ing';
const STABLE = ['cart-svc', 'order-svc', 'www-svc'];
const EDGES = STABLE.map(name => `service/${name}-edge`);

/** 1.22 and later serve v1 alone. */
const DIALECTS = versionUnderTest() === 'oldest' ? (['v1beta1', 'v1'] as const) : (['v1'] as const);

type Stored = {
  readonly metadata: {
    readonly managedFields: readonly { readonly time: string }[];
    readonly resourceVersion: string;
    readonly generation: number;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly rules: readonly { readonly host: string }[] };
};

const stored = async (): Promise<Stored> =>
  (await answered(plane(), {
    method: 'GET',
    path: `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/ingresses/${NAME}`,
  })) as Stored;

const versionOf = ({ metadata: { resourceVersion, generation } }: Stored) => ({
  resourceVersion,
  generation,
});

/**
 * What tells whether server-side apply wrote anything. 1.20 stores the time anew whenever a mutating webhook had
 * something to do, whatever came of it; all else counts there.
 */
const appliedOf = (object: Stored): unknown => {
  if (versionUnderTest() === 'newest') return versionOf(object);
  const { resourceVersion: _, managedFields, ...metadata } = object.metadata;
  return { ...object, metadata, managers: managedFields.map(({ time: _time, ...manager }) => manager) };
};

const drainageOf = ({ metadata: { annotations } }: Stored): { readonly [field: string]: unknown } => {
  const text = annotations['nginx.ingress.kubernetes.io/service-config'] ?? '{}';
  return (JSON.parse(text) as { readonly drainage: { readonly [field: string]: unknown } }).drainage;
};

/** kubectl, which must succeed; resolves with what it printed. */
const kubectl = async (
  t: ExecutionContext,
  args: readonly string[],
  options: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> => {
  const { code, stdout, stderr } = await plane().kubectl(args, options);
  t.is(code, 0, `kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
};

const edgeServices = async (t: ExecutionContext): Promise<readonly string[]> => {
  const args = ['get', 'services', '-n', NAMESPACE, '-l', 'sluice.dev/edge-of', '-o', 'name'];
  return (await kubectl(t, args)).split('\n').filter(Boolean);
};

/** What the controller has made of the Ingress, so that nothing is left to be done when the next change comes. */
const untilEdges = (t: ExecutionContext, wanted: readonly string[]): Promise<true> =>
  eventually(`edge Services are ${wanted.join(', ') || 'gone'}`, async () =>
    (await edgeServices(t)).join() === wanted.join() ? true : null,
  );

const asked = async (t: ExecutionContext, tickets: unknown): Promise<void> => {
  const now = await stored();
  t.deepEqual(
    now.spec.rules.map(({ host }) => host),
    [TAOBAO_KEY],
  );
  t.deepEqual(drainageOf(now).tickets, tickets);
};

serial('the Services of the seed are there', async t => {
  const items = STABLE.map(name => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 8080 }] },
  }));
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await kubectl(t, ['apply', '-n', NAMESPACE, '-f', '-'], { input });
  t.deepEqual(await edgeServices(t), []);
});

for (const dialect of DIALECTS) {
  const input = SEED.before[dialect];

  serial(`the seed in ${dialect}, all roles at work: dry run, apply, and apply again`, async t => {
    await kubectl(t, ['apply', '--dry-run=server', '-f', '-'], { input });
    const created = await kubectl(t, ['apply', '-f', '-'], { input });
    t.regex(created, /created/, 'the dry run has stored nothing');
    await untilEdges(t, EDGES);
    const first = await stored();
    await asked(t, undefined);
    for (let round = 0; round < 3; round += 1) {
      await kubectl(t, ['apply', '-f', '-'], { input });
      t.is(await kubectl(t, ['diff', '-f', '-'], { input }), '');
      t.deepEqual(versionOf(await stored()), versionOf(first));
    }
  });

  serial(`the seed in ${dialect}, all roles at work: annotate, patch, edit, replace`, async t => {
    await kubectl(t, ['annotate', 'ingress', NAME, 'sluice.dev/tickets={header: {foo: bar}}']);
    await asked(t, { header: { foo: 'bar' } });
    const patch = { metadata: { annotations: { 'sluice.dev/tickets': '{header: {foo: baz}}' } } };
    await kubectl(t, ['patch', 'ingress', NAME, '--type', 'merge', '-p', JSON.stringify(patch)]);
    await asked(t, { header: { foo: 'baz' } });
    const editor = join(plane().folder, 'editor.sh');
    await writeFile(editor, '#!/bin/sh\nsed -i "s/foo: baz/foo: qux/" "$1"\n', { mode: 0o755 });
    await kubectl(t, ['edit', 'ingress', NAME], { env: { KUBE_EDITOR: editor } });
    await asked(t, { header: { foo: 'qux' } });
    await kubectl(t, ['replace', '-f', '-'], { input });
    await asked(t, undefined);
    t.deepEqual(await edgeServices(t), EDGES, 'tickets change routing only');
  });

  serial(`the seed in ${dialect} is deleted: its edge Services go`, async t => {
    await kubectl(t, ['delete', '-f', '-'], { input });
    await untilEdges(t, []);
    t.is(await kubectl(t, ['get', 'ingress', '-n', NAMESPACE, '-o', 'name']), '');
  });

  serial(
    `the seed in ${dialect}, all roles at work: server-side apply by one manager and by two`,
    async t => {
      const as = (manager: string, ...args: readonly string[]): readonly string[] => [
        ...['apply', '--server-side', '--field-manager', manager, ...args, '-f', '-'],
      ];
      await kubectl(t, as('first'), { input });
      await untilEdges(t, EDGES);
      await kubectl(t, as('first'), { input });
      const settled = await stored();
      await asked(t, undefined);
      for (let round = 0; round < 3; round += 1) await kubectl(t, as('first'), { input });
      t.deepEqual(appliedOf(await stored()), appliedOf(settled));

      const { code, stderr } = await plane().kubectl(as('second'), { input });
      t.not(code, 0);
      t.regex(stderr, /conflict with "first".*\.spec\.rules/s);
      await kubectl(t, as('second', '--force-conflicts'), { input });
      const forced = await stored();
      for (let round = 0; round < 3; round += 1)
        await kubectl(t, as('second', '--force-conflicts'), { input });
      t.deepEqual(appliedOf(await stored()), appliedOf(forced));
      await asked(t, undefined);
      await kubectl(t, ['delete', '-f', '-'], { input });
      await untilEdges(t, []);
    },
  );
}

/** Faults of many kinds. */
const FAULTY = {
  annotations: {
    'kubernetes.io/ingress.class': 'nginx',
    'nginx.ingress.kubernetes.io/auth-url': 'https://login.example/',
    'nginx.ingress.kubernetes.io/proxy-read-timeout': 'soon',
    'sluice.dev/tickets':
      '[{header: {close: x}}, {percent: 101}, {query: {q: {regex: "("}}}, {header: {foo: bar}, to: beta}]',
  },
  rules: [
    { host: `${'long-'.repeat(12)}a.${'long-'.repeat(12)}a.example`, path: '/' },
    { host: 'fine.example', path: '/twice' },
    { host: 'fine.example', path: '/twice' },
  ],
};

const SHOWN = [
  'metadata.annotations[nginx.ingress.kubernetes.io/auth-url]: AnnotationUnsupported',
  'metadata.annotations[nginx.ingress.kubernetes.io/proxy-read-timeout]: AnnotationInvalid',
  'metadata.annotations[sluice.dev/tickets][0].header.close: TicketInvalid',
  'metadata.annotations[sluice.dev/tickets][1].percent: TicketInvalid',
  'metadata.annotations[sluice.dev/tickets][2].query.q.regex: RegexInvalid',
  'metadata.annotations[sluice.dev/tickets][3].to: TrackUnknown',
  'spec.rules[0].host: HostTooLong',
  'spec.rules[2].http.paths[0].path: PathDuplicate',
];

const faultyManifest = (dialect: (typeof DIALECTS)[number]): string => {
  const isV1 = dialect === 'v1';
  const backend = isV1
    ? { service: { name: 'cart-svc', port: { number: 8080 } } }
    : { serviceName: 'cart-svc', servicePort: 8080 };
  return JSON.stringify({
    apiVersion: isV1 ? 'networking.k8s.io/v1' : 'extensions/v1beta1',
    kind: 'Ingress',
    metadata: { name: 'faulty', namespace: NAMESPACE, annotations: FAULTY.annotations },
    spec: {
      rules: FAULTY.rules.map(({ host, path }) => ({
        host,
        http: { paths: [{ path, ...(isV1 ? { pathType: 'Prefix' } : {}), backend }] },
      })),
    },
  });
};

for (const dialect of DIALECTS) {
  serial(
    `a bad Ingress in ${dialect}: kubectl shows every code and field, and nothing is stored`,
    async t => {
      const { code, stderr } = await plane().kubectl(['apply', '-f', '-'], {
        input: faultyManifest(dialect),
      });
      t.not(code, 0);
      const shown = [...stderr.matchAll(/^\* (\S+: [A-Z]\w+)/gm)].map(([, problem = '']) => problem);
      t.deepEqual(shown.sort(), SHOWN, stderr);
      t.is(await kubectl(t, ['get', 'ingress', '-n', NAMESPACE, '-o', 'name']), '');
      t.deepEqual(await edgeServices(t), []);
    },
  );
}
