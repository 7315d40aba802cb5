import { spawnSync } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ingressManifest, manifestText, serviceManifest } from '../helpers/manifest-text.ts';
import { assertNoStackTrace, type Finished, runSluice, SLUICE_MAIN, startUp } from '../helpers/run-sluice.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

// Wrong input is told in one clear line, or a list of them, on stderr; nothing is printed, and no stack trace.

const INGRESS = manifestText(ingressManifest('web', { 'a.com': [{ path: '/', service: 'web' }] }));

const annotated = (annotation: string, value: string): string =>
  manifestText(
    ingressManifest(
      'web',
      { 'a.com': [{ path: '/', service: 'web' }] },
      { annotations: { [annotation]: value } },
    ),
  );

/** Makes what is wrong in an empty folder and names the path to give. */
type Scene = (folder: string) => Promise<string>;

const file =
  (name: string, content: string | Uint8Array): Scene =>
  async folder => {
    await writeFile(join(folder, name), content);
    return name;
  };

const folderOf =
  (files: Readonly<Record<string, string>>): Scene =>
  async folder => {
    await mkdir(join(folder, 'dir'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, 'dir', name), text);
    return 'dir';
  };

/** Not as the last line of `up`, which says that nothing was started. */
const complaints = ({ stderr }: Finished): readonly string[] =>
  stderr
    .trimEnd()
    .split('\n')
    .filter(line => !line.startsWith('sluice up: not started;'));

const isTold = test.macro({
  async exec(t, scene: Scene, ...expected: readonly RegExp[]) {
    const cwd = await tempFolder(t);
    const path = await scene(cwd);
    for (const args of [
      ['admit', '-f', path],
      ['up', '--port', '0', '--tls-port', 'off', '--admin-port', 'off', '-f', path],
      ['explain', 'http://a.com/', '-f', path],
    ]) {
      const finished = await runSluice(t, args, { cwd });
      t.is(finished.code, 1, args[0]);
      t.is(finished.stdout, '', args[0]);
      assertNoStackTrace(t, finished);
      const lines = complaints(finished);
      t.is(lines.length, expected.length, finished.stderr);
      expected.forEach((pattern, i) => {
        t.regex(lines[i] ?? '', pattern);
      });
    }
  },
  title: (name = '') => `${name}: admit, up and explain say so and where`,
});

test(
  'bad YAML',
  isTold,
  file('a.yaml', `${INGRESS}---\nkind: [Ingress\n`),
  /^error: a\.yaml:\d+:\d+: document 2: /,
);
test(
  'a tab in YAML',
  isTold,
  file('a.yaml', 'kind:\n\tname: x\n'),
  /^error: a\.yaml:2:\d+: document 1: a tab is used as indentation: write spaces$/,
);
test('bad JSON', isTold, file('a.json', '{"kind": "Ingress",'), /^error: a\.json:1:\d+: document 1: /);
test(
  'bad JSON in the annotation',
  isTold,
  file('a.yaml', annotated('nginx.ingress.kubernetes.io/service-config', '{"hosts"')),
  /^error: a\.yaml:8: document 1: Ingress default\/web: ServiceConfigInvalid .* is not JSON \(.*; correct it/,
);
test(
  'an unknown field of a ticket',
  isTold,
  file(
    'a.yaml',
    annotated('sluice.dev/tickets', '[{"header": {"foo": "bar"}, "expire": "2030-01-01T00:00:00Z"}]'),
  ),
  /^error: a\.yaml:8: document 1: Ingress default\/web: TicketInvalid .*\[0\]\.expire: .*did you mean "expires"\?/,
);
test(
  'a host of 111 bytes',
  isTold,
  file('a.yaml', INGRESS.replace('a.com', `${'a'.repeat(60)}.${'b'.repeat(50)}`)),
  /^error: a\.yaml:\d+: document 1: Ingress default\/web: HostTooLong spec\.rules\[0\]\.host .* 254 characters.*rewrite: "off"/,
);
test(
  'everything that is wrong with an Ingress',
  isTold,
  file(
    'a.yaml',
    manifestText(
      ingressManifest(
        'web',
        { 'no_host.com': [{ path: 'x', service: 'web' }] },
        { annotations: { 'sluice.dev/paused': 'maybe' } },
      ),
    ),
  ),
  /HostInvalid spec\.rules\[0\]\.host/,
  /AnnotationInvalid metadata\.annotations\[sluice\.dev\/paused\] "maybe"/,
  /PathInvalid spec\.rules\[0\]\.http\.paths\[0\]\.path/,
);
test(
  'a missing file',
  isTold,
  async () => 'nope.yaml',
  /^error: nope\.yaml: there is no such file or folder$/,
);
test(
  'a file that is a circle of links',
  isTold,
  async folder => {
    await symlink('a.yaml', join(folder, 'a.yaml'));
    return 'a.yaml';
  },
  /^error: a\.yaml: its symbolic links lead in a circle$/,
);
test(
  'a binary file',
  isTold,
  file(
    'a.yaml',
    Uint8Array.from({ length: 4096 }, (_, i) => (i * 151) % 256),
  ),
  /^error: a\.yaml: its bytes are no UTF-8 text: save it as UTF-8$/,
);
test(
  'a file with a zero byte',
  isTold,
  file('a.yaml', `${INGRESS}---\n"\0": 1\n`),
  /^error: a\.yaml:\d+(:\d+)?: document 2: /,
);
test(
  'one object in two files',
  isTold,
  folderOf({ 'a.yaml': INGRESS, 'b.yaml': `# again\n${INGRESS}` }),
  /^error: dir\/b\.yaml:2: document 1: Ingress default\/web stands already at dir\/a\.yaml:1 \(document 1\): keep one of them$/,
);
test(
  'an object that is none',
  isTold,
  file('a.yaml', 'hello\n'),
  /^error: a\.yaml:1:1: document 1: a plain value instead of an object: write a map/,
);

// Root may read everything; the checkout of another user's home is closed to nobody.
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const isOpenToNobody = (): boolean =>
  spawnSync(process.execPath, [SLUICE_MAIN, '--help'], { uid: NOBODY, cwd: '/' }).status === 0;

const testUnreadable = isRoot && !isOpenToNobody() ? test.skip : test;

testUnreadable('an unreadable file is told in one line', async t => {
  const cwd = await tempFolder(t);
  await writeFile(join(cwd, 'a.yaml'), INGRESS);
  await chmod(cwd, 0o755);
  await chmod(join(cwd, 'a.yaml'), 0o000);
  const finished = await runSluice(t, ['admit', '-f', 'a.yaml'], { cwd, ...(isRoot ? { uid: NOBODY } : {}) });
  t.deepEqual(
    { ...finished, signal: null },
    { code: 1, signal: null, stdout: '', stderr: 'error: a.yaml: it may not be read by this user\n' },
  );
});

test('a folder without manifests is told, and up waits for its first', async t => {
  const cwd = await tempFolder(t);
  await writeFile(join(cwd, 'ingress.txt'), INGRESS);
  const admitted = await runSluice(t, ['admit', '-f', '.'], { cwd });
  t.deepEqual([admitted.code, admitted.stdout], [1, '']);
  t.is(
    admitted.stderr,
    'error: .: there is no Ingress to admit, and no Service on TCP ports (of a folder, its .yaml, .yml and .json files are read)\n',
  );
  const { process } = await startUp(t, ['-f', '.'], { cwd });
  t.regex(
    process.stderr,
    /^note: there is no Ingress in \. \(of a folder, its \.yaml, .*\): every request gets 404/,
  );
  t.regex(process.stdout, /^Sluice serves 0 hosts, 0 routes on /);
  t.notRegex(process.stdout, /HOST +PATH/);
  await writeFile(join(cwd, 'ingress.yaml'), INGRESS);
  await process.untilStdout(/read \.: 1 host, 1 route$/m);
});

test('a kind that is not read is left aside with a warning', async t => {
  const cwd = await tempFolder(t);
  await writeFile(join(cwd, 'a.yaml'), INGRESS);
  await writeFile(join(cwd, 'b.yaml'), 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n');
  const warning =
    /^warning: b\.yaml:1: document 1: Deployment default\/web is left aside: standalone reads Ingress, /m;
  const admitted = await runSluice(t, ['admit', '-f', '.'], { cwd });
  t.is(admitted.code, 0);
  t.regex(admitted.stderr, warning);
  const { process } = await startUp(t, ['-f', '.'], { cwd });
  t.regex(process.stderr, warning);
  t.regex(process.stdout, /^Sluice serves 1 host, 1 route on /);
});

/** A port that somebody else listens on. */
const takenPort = async (t: ExecutionContext, host: string): Promise<number> => {
  const taken = createServer();
  await new Promise<void>(resolve => taken.listen(0, host, resolve));
  t.teardown(() => taken.close());
  return (taken.address() as AddressInfo).port;
};

const upRefuses = async (
  t: ExecutionContext,
  args: readonly string[],
  expected: { readonly code: number; readonly stderr: RegExp },
): Promise<void> => {
  const cwd = await tempFolder(t);
  await writeFile(join(cwd, 'a.yaml'), manifestText(serviceManifest('web')));
  const finished = await runSluice(
    t,
    ['up', '-f', '.', '--tls-port', 'off', '--admin-port', 'off', ...args],
    { cwd },
  );
  t.is(finished.code, expected.code);
  t.is(finished.stdout, '');
  t.regex(finished.stderr, expected.stderr);
  assertNoStackTrace(t, finished);
};

for (const host of ['0.0.0.0', '127.0.0.1']) {
  test(`a port in use on ${host} is told with the way out`, async t => {
    const port = await takenPort(t, host);
    await upRefuses(t, ['--port', `${port}`], {
      code: 1,
      stderr: new RegExp(
        `^sluice up: port ${port} is in use; end the process that holds it, or choose another with --port\\.$`,
        'm',
      ),
    });
  });
}

test('an admin port in use is told with the way out', async t => {
  const port = await takenPort(t, '127.0.0.1');
  await upRefuses(t, ['--port', '0', '--admin-port', `${port}`], {
    code: 1,
    stderr: new RegExp(
      `^sluice up: port ${port} of 127.0.0.1 is in use; end the process that holds it, or choose another with --admin-port\\.$`,
      'm',
    ),
  });
});

for (const port of ['99999', '-1', '80x', '', '1e3']) {
  test(`--port ${JSON.stringify(port)} is wrong use`, async t => {
    await upRefuses(t, [`--port=${port}`], {
      code: 2,
      stderr: /'--port <PORT>' .*A port is a number from 0 to 65535\./,
    });
  });
}

for (const address of ['1.2.3.4', '999.1.1.1', 'no such host']) {
  test(`--address ${address} is none of this machine's`, async t => {
    await upRefuses(t, ['--port', '0', '--address', address], {
      code: 1,
      stderr: new RegExp(`^sluice up: ${address} is no address of this machine; leave --address out`, 'm'),
    });
  });
}
