import test from 'ava';
import { assertNoStackTrace, runSluice } from '../helpers/run-sluice.ts';

const EMPTY_MD5 = 'd41d8cd98f00b204e9800998ecf8427e';
const TAOBAO_KEY = `74616f62616f2e636f6d${EMPTY_MD5}`;

const prints = test.macro({
  async exec(t, args: readonly string[], stdout: string) {
    const { code, ...output } = await runSluice(t, ['encode', ...args]);
    t.deepEqual({ ...output, code }, { code: 0, signal: null, stdout: `${stdout}\n`, stderr: '' });
  },
  title: (name = '', args: readonly string[], stdout) =>
    `${name} encode ${args.map(arg => JSON.stringify(arg)).join(' ')} prints ${stdout}`.trim(),
});

test(prints, ['taobao.com'], TAOBAO_KEY);
test('upper case and a trailing dot', prints, ['TaoBao.com.'], TAOBAO_KEY);
test(prints, ['*.taobao.com'], `2a2e74616f62616f2e636f6d${EMPTY_MD5}`);
test(prints, [''], EMPTY_MD5);
test('the key of a key is that key', prints, [TAOBAO_KEY], TAOBAO_KEY);
test(prints, ['bücher.de'], `${Buffer.from('xn--bcher-kva.de').toString('hex')}${EMPTY_MD5}`);
test(prints, ['taobao.com', '-o', 'json'], `{"host":"taobao.com","entry":"","key":"${TAOBAO_KEY}"}`);

const refuses = test.macro({
  async exec(t, args: readonly string[], stderr: RegExp) {
    const finished = await runSluice(t, ['encode', ...args]);
    t.is(finished.code, 1);
    t.is(finished.stdout, '');
    t.regex(finished.stderr, stderr);
    t.is(finished.stderr.trimEnd().split('\n').length, 1, finished.stderr);
    assertNoStackTrace(t, finished);
  },
  title: (_, args: readonly string[]) =>
    `encode ${JSON.stringify(args[0])} is refused in one line that says what to write`,
});

test(refuses, ['a b'], /^sluice encode: "a b" is no host name; write one such as taobao\.com/);
test(refuses, ['http://taobao.com/'], /is no host name; write one such as/);
test(
  refuses,
  [`${'a'.repeat(60)}.${'b'.repeat(50)}`],
  /has 111 bytes; .* 2 × 111 \+ 32 = 254 .*sluice\.dev\/rewrite: "off"/,
);

test('a key of another entry is never encoded again', async t => {
  const { stdout } = await runSluice(t, ['encode', 'taobao.com', '--entry', 'internal']);
  t.regex(stdout, /^74616f62616f2e636f6d[0-9a-f]{32}\n$/);
  const [again, own] = await Promise.all([
    runSluice(t, ['encode', stdout.trim()]),
    runSluice(t, ['encode', stdout.trim(), '--entry', 'internal']),
  ]);
  t.is(again.code, 1);
  t.regex(again.stderr, /is a host key of another entry; name its entry with --entry/);
  t.is(own.stdout, stdout);
});
