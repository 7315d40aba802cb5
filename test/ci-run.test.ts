import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { tempFolder } from './helpers/temp-folder.ts';

const SCRIPT = fileURLToPath(new URL('../.ci/run', import.meta.url));

type Machine = {
  /** Exit codes of the commands; 0 where none is given. */
  readonly ci?: number;
  readonly check?: number;
  readonly test?: number;
  readonly coverage?: number;
  readonly fuzz?: number;
  readonly soak?: number;
  readonly floods?: number;
  /** `newest`, `oldest`: what cannot be installed. */
  readonly unavailable?: string;
  /** What `npm run -s test:cluster -- --version V --tap` prints, and its exit code; one test that passes by default. */
  readonly clusterTap?: string;
  readonly cluster?: number;
  /** What `npm test -- --tap` prints. */
  readonly tap: string;
};

type Ending = { readonly lastLine: string; readonly code: number; readonly commands: string };

const counts = test.macro({
  async exec(t, machine: Machine, ending: Ending) {
    const folder = await tempFolder(t);
    await writeFile(join(folder, 'tap'), machine.tap);
    await writeFile(join(folder, 'cluster-tap'), machine.clusterTap ?? 'ok 1 - a\n1..1\n');
    const npm = `#!/bin/sh
echo "$*" >> '${folder}/commands'
case "$1 $2 $3" in
  'ci  ') exit ${machine.ci ?? 0};;
  'run check ') exit ${machine.check ?? 0};;
  'run -s coverage') exit ${machine.coverage ?? 0};;
  'run -s fuzz') exit ${machine.fuzz ?? 0};;
  'run -s soak') exit ${machine.soak ?? 0};;
  'run -s soak:floods') exit ${machine.floods ?? 0};;
  'run -s tcp:install') exit 0;;
  'run -s cluster:install') [ "$6" != '${machine.unavailable ?? 'none'}' ]; exit;;
  'run -s test:cluster') cat '${folder}/cluster-tap'; exit ${machine.cluster ?? 0};;
  'test -- --tap') cat '${folder}/tap'; echo noise >&2; exit ${machine.test ?? 0};;
esac
exit 99
`;
    await writeFile(join(folder, 'npm'), npm);
    await chmod(join(folder, 'npm'), 0o755);
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
    const [code, output] = await new Promise<[number, string]>(resolve => {
      execFile(SCRIPT, { env, cwd: folder }, (error, stdout) => resolve([Number(error?.code ?? 0), stdout]));
    });
    const commands = await new Promise<string>(resolve => {
      execFile('cat', [join(folder, 'commands')], (_, stdout) =>
        resolve(stdout.trim().replaceAll('\n', ', ')),
      );
    });
    t.deepEqual({ lastLine: output.trimEnd().split('\n').at(-1), code, commands }, ending);
  },
  title: name => `.ci/run: ${name}`,
});

const LOCAL =
  'ci, run check, run -s tcp:install, test -- --tap, run -s coverage, run -s fuzz -- --inputs 50000, run -s soak, run -s soak:floods -- --seconds 2';
const INSTALL = 'run -s cluster:install -- --version';
const CLUSTER = 'run -s test:cluster -- --version';
const NEWEST = `${INSTALL} newest, ${CLUSTER} newest --tap`;
const OLDEST = `${INSTALL} oldest, ${CLUSTER} oldest --tap`;
const ALL = `${LOCAL}, ${NEWEST}, ${OLDEST}`;

test(
  'every test passes',
  counts,
  { tap: 'TAP version 13\nok 1 - a\nok 2 - b › not ok 1\n\n1..2\n# pass 2\n' },
  {
    lastLine: '8 passed, 0 failed',
    code: 0,
    commands: ALL,
  },
);
test(
  'a test fails',
  counts,
  { test: 1, tap: 'ok 1 - a\nnot ok 2 - b\n  ---\n  ok 7\n  ...\n1..2\n' },
  {
    lastLine: '7 passed, 1 failed',
    code: 1,
    commands: ALL,
  },
);
test(
  'skipped and to-do tests are neither',
  counts,
  { tap: 'ok 1 - a\nok 2 - b # SKIP\nnot ok 3 - c # TODO\n1..3\n' },
  {
    lastLine: '7 passed, 0 failed',
    code: 0,
    commands: ALL,
  },
);
test(
  'the check fails, the tests still run',
  counts,
  { check: 1, tap: 'ok 1 - a\n1..1\n' },
  {
    lastLine: '7 passed, 1 failed',
    code: 1,
    commands: ALL,
  },
);
test(
  'the install fails',
  counts,
  { ci: 1, tap: '' },
  {
    lastLine: '0 passed, 1 failed',
    code: 1,
    commands: 'ci',
  },
);
test(
  'the tests crash without a failed test',
  counts,
  { test: 2, tap: 'ok 1 - a\n1..1\n' },
  {
    lastLine: '7 passed, 1 failed',
    code: 1,
    commands: ALL,
  },
);
test(
  'the tests end before their plan',
  counts,
  { tap: 'ok 1 - a\n' },
  {
    lastLine: '7 passed, 1 failed',
    code: 1,
    commands: ALL,
  },
);
test(
  'no test at all',
  counts,
  { tap: '1..0\n' },
  {
    lastLine: '6 passed, 1 failed',
    code: 1,
    commands: ALL,
  },
);
test(
  'the fuzzing finds something',
  counts,
  { fuzz: 1, tap: 'ok 1 - a\n1..1\n' },
  {
    lastLine: '6 passed, 1 failed',
    code: 1,
    commands: ALL,
  },
);
test(
  'too few lines are covered',
  counts,
  { coverage: 1, tap: 'ok 1 - a\n1..1\n' },
  {
    lastLine: '6 passed, 1 failed',
    code: 1,
    commands: ALL,
  },
);
test(
  'a flood is not ended',
  counts,
  { floods: 1, tap: 'ok 1 - a\n1..1\n' },
  {
    lastLine: '6 passed, 1 failed',
    code: 1,
    commands: ALL,
  },
);
test(
  'a request is lost in the soak',
  counts,
  { soak: 1, tap: 'ok 1 - a\n1..1\n' },
  {
    lastLine: '6 passed, 1 failed',
    code: 1,
    commands: ALL,
  },
);

test(
  'the newest cluster cannot be installed, the oldest is tested',
  counts,
  { unavailable: 'newest', tap: 'ok 1 - a\n1..1\n' },
  { lastLine: '6 passed, 1 failed', code: 1, commands: `${LOCAL}, ${INSTALL} newest, ${OLDEST}` },
);
test(
  'the oldest cluster cannot be installed',
  counts,
  { unavailable: 'oldest', tap: 'ok 1 - a\n1..1\n' },
  { lastLine: '6 passed, 1 failed', code: 1, commands: `${LOCAL}, ${NEWEST}, ${INSTALL} oldest` },
);
test(
  'a test of both clusters fails, one is skipped, one is to do',
  counts,
  {
    cluster: 1,
    clusterTap: 'ok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP\nnot ok 4 - d # TODO\n1..4\n',
    tap: 'ok 1 - a\n1..1\n',
  },
  { lastLine: '7 passed, 2 failed', code: 1, commands: ALL },
);
test(
  'the clusters have no test that is not skipped',
  counts,
  { clusterTap: 'ok 1 - a # SKIP\n1..1\n', tap: 'ok 1 - a\n1..1\n' },
  { lastLine: '5 passed, 2 failed', code: 1, commands: ALL },
);
test(
  'a run against a cluster crashes without a failed test, after tests that failed before',
  counts,
  { test: 1, cluster: 134, tap: 'not ok 1 - a\nok 2 - b\n1..2\n' },
  { lastLine: '7 passed, 3 failed', code: 1, commands: ALL },
);
