import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { parseAllDocuments, stringify } from 'yaml';
import { binaryPaths } from '../cache-folder.ts';
import { planeForTests } from '../control-plane/plane-for-tests.ts';
import { CLUSTER_VERSIONS, versionUnderTest } from '../versions.ts';

type Manifest = {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
};

const root = fileURLToPath(new URL('../../../webhook-config', import.meta.url));
const plane = planeForTests(test);
const isOldest = versionUnderTest() === 'oldest';

/** What `kubectl apply -k` would send. Rendered by a kubectl of today: that of 1.20 knows fewer fields of kustomize. */
const rendered = async (folder: string): Promise<readonly Manifest[]> => {
  const [version = 'newest'] = CLUSTER_VERSIONS;
  const { stdout } = await promisify(execFile)(binaryPaths(version).kubectl, [
    'kustomize',
    `${root}/${folder}`,
  ]);
  return parseAllDocuments(stdout).map(document => document.toJS() as Manifest);
};

/** The fields that nobody knows are errors, on both sides of the wire where that side can tell. */
const STRICT = isOldest ? ['--validate=true'] : ['--validate=strict'];

const isCertManagers = ({ kind }: Manifest): boolean => kind === 'Issuer' || kind === 'Certificate';

const accepted = test.macro(async (t, folder: string) => {
  const manifests = (await rendered(folder)).filter(manifest => !isCertManagers(manifest));
  const namespaces = manifests.filter(({ kind }) => kind === 'Namespace');
  const input = (some: readonly Manifest[]): string =>
    some.map(manifest => stringify(manifest)).join('---\n');
  if (namespaces.length > 0) {
    const made = await plane().kubectl(['apply', ...STRICT, '-f', '-'], { input: input(namespaces) });
    t.is(made.code, 0, made.stderr);
  }
  const { code, stdout, stderr } = await plane().kubectl(
    ['apply', '--dry-run=server', ...STRICT, '-f', '-'],
    {
      input: input(manifests),
    },
  );
  t.is(code, 0, stderr);
  t.is(stdout.trim().split('\n').length, manifests.length, stdout);
});

if (isOldest) {
  test.serial('every manifest of overlays/k8s-1.20 is accepted', accepted, 'overlays/k8s-1.20');
} else {
  for (const folder of [
    'base',
    'overlays/host-network',
    'overlays/load-balancer',
    'overlays/tcp-ports',
    'overlays/host-network-tcp',
    'overlays/cert-manager',
    'overlays/nginx-class',
  ]) {
    test.serial(`every manifest of ${folder} is accepted`, accepted, folder);
  }
}
test.serial('every manifest of uninstall is accepted', accepted, 'uninstall');

test.serial('what is applied is stored, and applying it again would change nothing', async t => {
  const folder = isOldest ? 'overlays/k8s-1.20' : 'base';
  const input = (await rendered(folder)).map(manifest => stringify(manifest)).join('---\n');
  const first = await plane().kubectl(['apply', ...STRICT, '-f', '-'], { input });
  t.is(first.code, 0, first.stderr);
  const { code, stdout, stderr } = await plane().kubectl(['diff', '-f', '-'], { input });
  t.is(code, 0, `${stdout}${stderr}`);
});
