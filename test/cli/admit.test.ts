import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import jsonpatch from 'jsonpatch';
import { parse, parseAllDocuments } from 'yaml';
import { ingressManifest, manifestText, serviceManifest } from '../helpers/manifest-text.ts';
import { assertNoStackTrace, CHECKOUT, runSluice } from '../helpers/run-sluice.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

const SEED = join(CHECKOUT, 'examples/taobao/seed');
const BEFORE = join(SEED, 'ingress-before.yaml');
const AFTER = join(SEED, 'ingress-after.yaml');
const TAOBAO_KEY = '74616f62616f2e636f6dd41d8cd98f00b204e9800998ecf8427e';
const SERVICE_CONFIG = 'nginx.ingress.kubernetes.io/service-config';

type PrintedIngress = {
  readonly metadata: { readonly name: string; readonly annotations: Readonly<Record<string, string>> };
  readonly spec: { readonly rules: readonly { readonly host: string }[] };
};

/** Standard output of an `admit` that is fine and has nothing to say. */
const admitted = async (t: ExecutionContext, args: readonly string[], input?: string): Promise<string> => {
  const finished = await runSluice(t, ['admit', ...args], input === undefined ? {} : { input });
  t.deepEqual({ code: finished.code, stderr: finished.stderr }, { code: 0, stderr: '' });
  return finished.stdout;
};

const inFile = async (t: ExecutionContext, text: string, name = 'in.yaml'): Promise<string> => {
  const file = join(await tempFolder(t), name);
  await writeFile(file, text);
  return file;
};

test("the seed's Ingress gets its host key, its hosts and its three Services", async t => {
  const { metadata, spec } = JSON.parse(await admitted(t, ['-f', BEFORE, '-o', 'json'])) as PrintedIngress;
  t.deepEqual(
    spec.rules.map(({ host }) => host),
    [TAOBAO_KEY],
  );
  t.deepEqual(JSON.parse(metadata.annotations[SERVICE_CONFIG] ?? ''), {
    hosts: { [TAOBAO_KEY]: ['taobao.com'] },
    drainage: {
      serviceMap: {
        'cart-svc': 'cart-svc-edge',
        'order-svc': 'order-svc-edge',
        'www-svc': 'www-svc-edge',
      },
    },
  });
});

test("the seed's rewritten Ingress keeps its host and its service-config to the byte", async t => {
  const before = parse(await readFile(AFTER, 'utf8')) as PrintedIngress;
  const { metadata, spec } = parse(await admitted(t, ['-f', AFTER])) as PrintedIngress;
  t.deepEqual(spec, before.spec);
  t.is(metadata.annotations[SERVICE_CONFIG], before.metadata.annotations[SERVICE_CONFIG]);
});

const INPUTS = { before: BEFORE, after: AFTER, example: join(CHECKOUT, 'examples/taobao/ingress.yaml') };

for (const [name, file] of Object.entries(INPUTS)) {
  test(`what is printed for ${name} is changed no more when it is admitted again`, async t => {
    const yaml = await admitted(t, ['-f', file]);
    t.is(await admitted(t, ['-f', '-', '-o', 'patch'], yaml), '[]\n');
    t.is(await admitted(t, ['-f', '-'], yaml), yaml);
    const json = await admitted(t, ['-f', file, '-o', 'json']);
    t.is(await admitted(t, ['-f', '-', '-o', 'patch'], json), '[]\n');
    t.deepEqual(parse(yaml), JSON.parse(json));
  });

  test(`the patch printed for ${name}, applied to the file, gives the object printed`, async t => {
    const [patch, json] = await Promise.all([
      admitted(t, ['-f', file, '-o', 'patch']),
      admitted(t, ['-f', file, '-o', 'json']),
    ]);
    const input: unknown = parse(await readFile(file, 'utf8'));
    t.deepEqual(jsonpatch.apply_patch(input, JSON.parse(patch)), JSON.parse(json));
  });
}

const two = manifestText(
  ingressManifest('a', { 'a.com': [{ path: '/', service: 'web' }] }),
  ingressManifest('b', { 'b.com': [{ path: '/', service: 'web' }] }),
);

test('two documents give two documents', async t => {
  const documents = parseAllDocuments(await admitted(t, ['-f', '-'], two));
  t.deepEqual(
    documents.map(document => (document.toJS() as PrintedIngress).metadata.name),
    ['a', 'b'],
  );
});

test('two documents give a List of JSON, and a patch for each with its name', async t => {
  const list = JSON.parse(await admitted(t, ['-f', '-', '-o', 'json'], two));
  t.is(list.kind, 'List');
  const patches = JSON.parse(await admitted(t, ['-f', '-', '-o', 'patch'], two));
  t.deepEqual(
    patches.map(({ namespace, name }: Record<string, unknown>) => [namespace, name]),
    [
      ['default', 'a'],
      ['default', 'b'],
    ],
  );
  parseAllDocuments(two).forEach((document, i) => {
    t.deepEqual(jsonpatch.apply_patch(document.toJS(), patches[i].patch), list.items[i]);
  });
});

test('a List is read as the documents in it, and printed as one again', async t => {
  const list = JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: parseAllDocuments(two).map(document => document.toJS()),
  });
  t.is(await admitted(t, ['-f', '-', '-o', 'json'], list), await admitted(t, ['-f', '-', '-o', 'json'], two));
});

test('of several files the Ingresses are printed, and the other objects are what they are checked against', async t => {
  const ingress = await inFile(
    t,
    manifestText(ingressManifest('a', { 'a.com': [{ path: '/', service: 'wbe' }] })),
  );
  const services = await inFile(t, manifestText(serviceManifest('web')));
  const { code, stdout, stderr } = await runSluice(t, ['admit', '-f', ingress, services]);
  t.is(code, 0);
  t.is(parseAllDocuments(stdout).length, 1);
  t.regex(stderr, /^warning: .*in\.yaml:\d+: document 1: Ingress default\/a: .*"wbe".*\n$/);
});

test('one Ingress that is denied is told on stderr, and the others are printed all the same', async t => {
  const text = manifestText(
    ingressManifest('good', { 'a.com': [{ path: '/', service: 'web' }] }),
    ingressManifest('bad', { 'bad_host.com': [{ path: 'relative', service: 'web' }] }),
  );
  const finished = await runSluice(t, ['admit', '-f', '-'], { input: text });
  t.is(finished.code, 1);
  t.deepEqual(
    parseAllDocuments(finished.stdout).map(document => (document.toJS() as PrintedIngress).metadata.name),
    ['good'],
  );
  const lines = finished.stderr.trimEnd().split('\n');
  t.is(lines.length, 2, finished.stderr);
  t.regex(lines[0] ?? '', /^error: \(stdin\):\d+: document 2: Ingress default\/bad: HostInvalid spec\.rules/);
  t.regex(lines[1] ?? '', /PathInvalid spec\.rules\[0\]\.http\.paths\[0\]/);
  assertNoStackTrace(t, finished);
});

test('a host belongs to the namespace that has it first among the files', async t => {
  const text = manifestText(
    ingressManifest('a', { 'a.com': [{ path: '/', service: 'web' }] }, { namespace: 'first' }),
    ingressManifest('b', { 'a.com': [{ path: '/x', service: 'web' }] }, { namespace: 'second' }),
  );
  const refused = await runSluice(t, ['admit', '-f', '-'], { input: text });
  t.is(refused.code, 1);
  t.regex(refused.stderr, /Ingress second\/b: HostTaken .*"first"/);
  await admitted(t, ['-f', '-', '--host-ownership', 'off'], text);
});

test('the flags of an installation decide as they do in the webhook', async t => {
  const text = manifestText(ingressManifest('a', { 'a.com': [{ path: '/', service: 'web' }] }));
  const off = parse(await admitted(t, ['-f', '-', '--rewrite', 'off'], text)) as PrintedIngress;
  t.is(off.spec.rules[0]?.host, 'a.com');
  const renamed = parse(
    await admitted(t, ['-f', '-', '--annotation', 'example.com/rules'], text),
  ) as PrintedIngress;
  t.is(renamed.metadata.annotations[SERVICE_CONFIG], undefined);
  t.regex(renamed.metadata.annotations['example.com/rules'] ?? '', /"a\.com"/);
  // The Ingress names no class: it is nobody's once a class is named.
  t.is(await admitted(t, ['-f', '-', '-o', 'patch', '--ingress-class', 'sluice'], text), '[]\n');
  const classed = text.replace('"spec": {', '"spec": {"ingressClassName": "internal",');
  const entry = parse(
    await admitted(t, ['-f', '-', '--ingress-class', 'sluice', '--ingress-class', 'internal=lan'], classed),
  ) as PrintedIngress;
  const { stdout: key } = await runSluice(t, ['encode', 'a.com', '--entry', 'lan']);
  t.is(entry.spec.rules[0]?.host, key.trim());
});
