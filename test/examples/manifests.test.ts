import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { withoutDuplicates } from '../../src/standalone/duplicate-manifests.ts';
import { manifestErrors, rankedManifests } from '../../src/standalone/manifest-files.ts';
import { readManifests } from '../../src/standalone/manifest-reader.ts';
import { CHECKOUT, runSluice } from '../helpers/run-sluice.ts';

const EXAMPLES = ['one-http-port', 'taobao', 'tcp-and-http', 'tcp-only'];

const folderOf = (example: string): string => join(CHECKOUT, 'examples', example);

type Pod = {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels: { readonly app: string; readonly track: string };
  };
  readonly spec: {
    readonly containers: readonly {
      readonly command: readonly string[];
      readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
    }[];
  };
};

const objectsOf = async (example: string): Promise<readonly Pod[]> => {
  const set = await readManifests([folderOf(example)]);
  return rankedManifests(set).map(({ value }) => value as unknown as Pod);
};

test('these are all examples', t => {
  const found = readdirSync(join(CHECKOUT, 'examples'), { withFileTypes: true })
    .filter(entry => entry.isDirectory() && entry.name !== 'pods')
    .map(({ name }) => name);
  t.deepEqual(found.sort(), EXAMPLES);
});

for (const example of EXAMPLES) {
  test(`${example} is read without an error`, async t => {
    const set = await readManifests([folderOf(example)]);
    t.deepEqual(manifestErrors(set), []);
    t.deepEqual(withoutDuplicates(rankedManifests(set)).errors, []);
  });

  test(`the pods of ${example} run in a cluster what is played without one`, async t => {
    const pods = (await objectsOf(example)).filter(({ kind }) => kind === 'Pod');
    t.true(pods.some(({ metadata }) => metadata.labels.track === 'edge'));
    for (const { metadata, spec } of pods) {
      const [container] = spec.containers;
      const { app, track } = metadata.labels;
      const ports = container?.ports.map(({ name, containerPort }) => `${name}:${containerPort}`) ?? [];
      t.deepEqual(container?.command, ['node', '/demo/pod.ts', app, track, ...ports]);
      t.regex(metadata.name, new RegExp(`^${app}-${track === 'edge' ? 'edge-' : ''}\\d$`));
    }
  });
}

test('all examples fit into one namespace: no name, host, port of a pod or of the router is there twice', async t => {
  const objects = (await Promise.all(EXAMPLES.map(objectsOf))).flat();
  const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  t.deepEqual([...new Set(names)], names);
  const ports = objects
    .filter(({ kind }) => kind === 'Pod')
    .flatMap(({ spec }) => spec.containers.flatMap(container => container.ports))
    .map(({ containerPort }) => containerPort);
  t.deepEqual([...new Set(ports)], ports);
});

test('what taobao has for API servers of today is admitted to the same rules', async t => {
  const stored = async (file: string): Promise<Record<string, unknown>> => {
    const { code, stdout, stderr } = await runSluice(t, [
      'admit',
      '-f',
      join(folderOf('taobao'), file),
      '-o',
      'json',
    ]);
    t.is(code, 0, stderr);
    return JSON.parse(stdout);
  };
  const [before, today] = [await stored('ingress.yaml'), await stored('networking-v1/ingress.yaml')];
  const annotationsOf = ({ metadata }: Record<string, unknown>): Record<string, string> => {
    const { annotations } = metadata as { annotations: Record<string, string> };
    const { 'kubernetes.io/ingress.class': _, ...others } = annotations;
    return others;
  };
  t.deepEqual(annotationsOf(today), annotationsOf(before));
});
