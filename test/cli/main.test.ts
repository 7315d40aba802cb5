import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import test from 'ava';
import { assertNoStackTrace, CHECKOUT, runSluice, SLUICE_MAIN } from '../helpers/run-sluice.ts';

const EXAMPLE = join(CHECKOUT, 'examples/taobao');

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  up: ['--filename', '--port', '--address', '--ingress-class', '--rewrite', '--host-ownership'],
  admit: ['--filename', '--output', '--annotation', '--catch-all-namespace'],
  encode: ['<HOST>', '--entry', '--output'],
  controller: ['--namespace', '--certificates', '--publish-service', '--restore'],
  decode: ['<KEY>', '--entry', '--output'],
  explain: ['<URL>', '--filename', '--request', '--header', '--cookie', '--from', '--output'],
};

test('--help lists every command on stdout', async t => {
  const { code, stdout, stderr } = await runSluice(t, ['--help']);
  t.deepEqual([code, stderr], [0, '']);
  for (const name of Object.keys(COMMANDS)) t.regex(stdout, new RegExp(`^  ${name} `, 'm'));
});

for (const [name, words] of Object.entries(COMMANDS)) {
  test(`${name} --help names its arguments and flags on stdout`, async t => {
    const { code, stdout, stderr } = await runSluice(t, [name, '--help']);
    t.deepEqual([code, stderr], [0, '']);
    t.true(stdout.startsWith(`Usage: sluice ${name} `), stdout);
    for (const word of words) t.true(stdout.includes(word), word);
  });
}

const isWrongUse = test.macro({
  async exec(t, args: readonly string[], stderr: RegExp) {
    const finished = await runSluice(t, args);
    t.is(finished.code, 2);
    t.is(finished.stdout, '');
    t.regex(finished.stderr, stderr);
    assertNoStackTrace(t, finished);
  },
  title: (_, args: readonly string[]) => `sluice ${args.join(' ')} is wrong use, exit code 2`,
});

test(isWrongUse, [], /^Usage: sluice /);
test(isWrongUse, ['encod'], /^error: unknown command 'encod'\n\(Did you mean encode\?\)/);
test(isWrongUse, ['--verbose'], /^error: unknown option '--verbose'/);
test(isWrongUse, ['encode'], /^error: missing required argument 'HOST'/);
test(isWrongUse, ['encode', 'a.com', 'b.com'], /^error: too many arguments for 'encode'/);
test(
  isWrongUse,
  ['encode', 'a.com', '-o', 'yaml'],
  /^error: .*'yaml' is invalid\. Allowed choices are text, json\./,
);
test(isWrongUse, ['decode', '--key', 'x'], /^error: unknown option '--key'/);
test(isWrongUse, ['up'], /^error: required option '-f, --filename <PATH\.\.\.>' not specified/);
test(
  isWrongUse,
  ['up', '-f', '.', '--prot', '1'],
  /^error: unknown option '--prot'\n\(Did you mean --port\?\)/,
);
test(isWrongUse, ['admit', '-f'], /^error: option '-f, --filename <PATH\.\.\.>' argument missing/);
test(isWrongUse, ['admit', '-f', '.', '--rewrite', 'no'], /Allowed choices are on, off\./);
test(isWrongUse, ['admit', '-f', '.', '--ingress-class', '=lan'], /Write NAME or NAME=ENTRY\./);
test(isWrongUse, ['admit', '-f', '.', '--annotation', 'a b'], /Write the name of an annotation, e\.g\. /);
test(isWrongUse, ['explain', '-f', EXAMPLE], /^error: missing required argument 'URL'/);

test('a reader that goes away after the first line is no error', async t => {
  const child = spawn(process.execPath, [SLUICE_MAIN, 'admit', '-f', EXAMPLE], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  child.stdout.destroy();
  const [[code], stderr] = await Promise.all([once(child, 'exit'), child.stderr.toArray()]);
  t.is(code, 0);
  t.notRegex(Buffer.concat(stderr).toString(), /EPIPE|internal error/);
});

// A socket that fails where nobody expects it stands for a bug: at the call, and later in a callback.
const BUGS = { 'a call': 'fail();', 'a callback': 'setImmediate(fail); return bind(...args);' };

for (const [place, code] of Object.entries(BUGS)) {
  test(`a bug in ${place} is told in one line, and its stack only to who asks for it`, async t => {
    const module = `import net from 'node:net';
      const fail = () => { throw new Error('first\\nsecond'); };
      const bind = net._createServerHandle;
      net._createServerHandle = (...args) => { ${code} };`;
    const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(module)}`;
    const args = [
      'up',
      '-f',
      join(EXAMPLE, 'services.yaml'),
      '--port',
      '0',
      '--tls-port',
      'off',
      '--admin-port',
      'off',
    ];
    const [told, asked] = await Promise.all([
      runSluice(t, args, { env: { NODE_OPTIONS } }),
      runSluice(t, args, { env: { NODE_OPTIONS, SLUICE_DEBUG: '1' } }),
    ]);
    const line = /^sluice: internal error: first\. Please report it; SLUICE_DEBUG=1 prints the stack\.$/m;
    t.is(told.code, 1);
    t.regex(told.stderr, line);
    t.notRegex(told.stderr, /second|^\s+at /m);
    t.is(asked.code, 1);
    t.regex(asked.stderr, line);
    t.regex(asked.stderr, /^Error: first\nsecond\n\s+at /m);
  });
}
