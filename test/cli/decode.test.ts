import test from 'ava';
import { assertNoStackTrace, runSluice } from '../helpers/run-sluice.ts';

const EMPTY_MD5 = 'd41d8cd98f00b204e9800998ecf8427e';
/** As the seed prints it. */
const SEED_KEY = `6a69616e67626f31303030312e782e636f6d${EMPTY_MD5}`;

const prints = test.macro({
  async exec(t, args: readonly string[], stdout: string, stderr: string | RegExp = '') {
    const finished = await runSluice(t, ['decode', ...args]);
    t.is(finished.code, 0);
    t.is(finished.stdout, `${stdout}\n`);
    if (typeof stderr === 'string') t.is(finished.stderr, stderr);
    else t.regex(finished.stderr, stderr);
  },
  title: (name = '', args: readonly string[], stdout) =>
    `${name} decode ${args.join(' ')} prints ${stdout}`.trim(),
});

test(prints, [SEED_KEY], 'jiangbo10001.x.com');
test('upper case', prints, [SEED_KEY.toUpperCase()], 'jiangbo10001.x.com');
test(prints, [EMPTY_MD5], '(all hosts)');
test(prints, [`2a2e74616f62616f2e636f6d${EMPTY_MD5}`], '*.taobao.com');
test(prints, [SEED_KEY, '-o', 'json'], `{"host":"jiangbo10001.x.com","digest":"${EMPTY_MD5}","entry":""}`);
test(
  'a key of another entry',
  prints,
  [SEED_KEY, '--entry', 'internal'],
  'jiangbo10001.x.com',
  /^note: the key belongs to another entry than "internal" \(--entry\)\.\n$/,
);
test(
  'a key of another entry, as JSON',
  prints,
  [SEED_KEY, '--entry', 'internal', '-o', 'json'],
  `{"host":"jiangbo10001.x.com","digest":"${EMPTY_MD5}","entry":null}`,
);

const refuses = test.macro({
  async exec(t, key: string) {
    const finished = await runSluice(t, ['decode', key]);
    t.is(finished.code, 1);
    t.is(finished.stdout, '');
    t.regex(finished.stderr, /^sluice decode: .* is no host key; a key is the hex of a host .*\n$/);
    assertNoStackTrace(t, finished);
  },
  title: (_, key) => `decode ${JSON.stringify(key)} is refused in one line`,
});

test(refuses, 'taobao.com');
test(refuses, '');
test(refuses, EMPTY_MD5.slice(1));
// Decodes to "TAOBAO.COM", which no admission writes.
test(refuses, `54414f42414f2e434f4d${EMPTY_MD5}`);
test(refuses, `ff${EMPTY_MD5}`);

test('what encode prints, decode reads', async t => {
  const encoded = await runSluice(t, ['encode', 'shop.example.com', '--entry', 'internal']);
  const decoded = await runSluice(t, ['decode', encoded.stdout.trim(), '--entry', 'internal']);
  t.deepEqual([decoded.stdout, decoded.stderr], ['shop.example.com\n', '']);
});
