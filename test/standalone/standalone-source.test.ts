import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { STANDALONE_OPTIONS } from '../../src/admission/admission-options.ts';
import { formatManifestError } from '../../src/standalone/manifest-files.ts';
import { type Reading, StandaloneSource } from '../../src/standalone/standalone-source.ts';
import { VANISH_GRACE_MS } from '../../src/standalone/vanished-files.ts';
import { ingressManifest, manifestText, type WrittenManifest } from '../helpers/manifest-text.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

const web = (
  name: string,
  host: string,
  annotations: Readonly<Record<string, string>> = {},
): WrittenManifest => ingressManifest(name, { [host]: [{ path: '/', service: 'web' }] }, { annotations });

type World = {
  readonly file: (name: string) => string;
  readonly save: (name: string, ...manifests: readonly WrittenManifest[]) => Promise<void>;
  readonly read: () => Promise<Reading>;
  /** Lets time pass. */
  readonly wait: (ms: number) => void;
  /** Domains that are claimed. */
  readonly hosts: () => readonly string[];
  readonly source: StandaloneSource;
};

const world = async (t: ExecutionContext): Promise<World> => {
  const folder = await tempFolder(t);
  let elapsedMs = 0;
  const source = new StandaloneSource({
    paths: [folder],
    admission: STANDALONE_OPTIONS,
    now: () => Date.parse('2026-06-01T00:00:00Z') + elapsedMs,
    elapsedMs: () => elapsedMs,
  });
  const file = (name: string): string => join(folder, name);
  return {
    file,
    save: (name, ...manifests) => writeFile(file(name), manifestText(...manifests)),
    read: () => source.read(),
    wait: ms => {
      elapsedMs += ms;
    },
    hosts: () => [...source.claims.keys()].sort(),
    source,
  };
};

const errorsOf = ({ errors }: Reading): readonly string[] => errors.map(formatManifestError);

test('before the first reading it holds nothing', async t => {
  const { source, hosts } = await world(t);
  t.deepEqual(hosts(), []);
  t.deepEqual(source.snapshot.ingresses, []);
});

test('a reading goes through admission and gives objects and claims', async t => {
  const { save, read, hosts, source } = await world(t);
  await save('a.yaml', web('a', 'a.com', { 'sluice.dev/aliases': 'www.a.com' }));
  t.deepEqual(await read(), { errors: [], warnings: [], readAgainInMs: null });
  t.deepEqual(hosts(), ['a.com', 'www.a.com']);
  t.regex(source.snapshot.ingresses[0]?.rules[0]?.host ?? '', /^[0-9a-f]+$/);
});

test('a broken file keeps what it held, as long as it is broken, and the others go on', async t => {
  const { file, save, read, hosts } = await world(t);
  await save('a.yaml', web('a', 'a.com'));
  await save('b.yaml', web('b', 'b.com'));
  await read();
  await writeFile(file('a.yaml'), 'kind: [');
  await save('b.yaml', web('b', 'b2.com'));
  for (let times = 0; times < 3; times += 1) {
    t.is((await read()).errors.length, 1);
    t.deepEqual(hosts(), ['a.com', 'b2.com']);
  }
  await save('a.yaml', web('a', 'a2.com'));
  t.deepEqual((await read()).errors, []);
  t.deepEqual(hosts(), ['a2.com', 'b2.com']);
});

test('errors of files and of objects are told together', async t => {
  const { file, save, read } = await world(t);
  await writeFile(file('a.yaml'), 'kind: [');
  await save('b.yaml', web('b', 'bad_host'));
  const errors = errorsOf(await read());
  t.is(errors.length, 2);
  t.regex(errors[0] ?? '', /a\.yaml:1:/);
  t.regex(errors[1] ?? '', /b\.yaml:\d+: document 1: Ingress default\/b: HostInvalid/);
});

test('a file that is deleted is out of force after the grace', async t => {
  const { file, save, read, wait, hosts } = await world(t);
  await save('a.yaml', web('a', 'a.com'));
  await save('b.yaml', web('b', 'b.com'));
  await read();
  await rm(file('a.yaml'));
  const { errors, readAgainInMs } = await read();
  t.deepEqual(errors, []);
  t.true(readAgainInMs !== null && readAgainInMs >= VANISH_GRACE_MS);
  t.deepEqual(hosts(), ['a.com', 'b.com']);
  wait(readAgainInMs ?? 0);
  t.is((await read()).readAgainInMs, null);
  t.deepEqual(hosts(), ['b.com']);
});

test('a broken file that is deleted takes what it held along', async t => {
  const { file, save, read, wait, hosts } = await world(t);
  await save('a.yaml', web('a', 'a.com'));
  await read();
  await writeFile(file('a.yaml'), 'kind: [');
  await read();
  await rm(file('a.yaml'));
  wait((await read()).readAgainInMs ?? 0);
  await read();
  t.deepEqual(hosts(), []);
});

test('a file that is renamed is in force all the time, without an error', async t => {
  const { file, save, read, wait, hosts } = await world(t);
  await save('a.yaml', web('a', 'a.com'));
  await read();
  await rename(file('a.yaml'), file('z.yaml'));
  for (const ms of [1, VANISH_GRACE_MS, 1]) {
    t.deepEqual(errorsOf(await read()), []);
    t.deepEqual(hosts(), ['a.com']);
    wait(ms);
  }
});
