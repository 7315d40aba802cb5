import test from 'ava';
import fc from 'fast-check';
import { canonicalHost, hostCovers } from '../../src/core/host.ts';
import { anyText } from '../helpers/any-text.ts';
import { PROTOTYPE_NAMES } from '../helpers/arbitrary-json.ts';

const hosts = test.macro<[text: string, canonical: string | undefined]>({
  exec(t, text: string, canonical: string | undefined) {
    t.is(canonicalHost(text), canonical);
  },
  title: (_, text, canonical) =>
    canonical === undefined
      ? `${JSON.stringify(text.slice(0, 60))} of ${text.length} characters is no host name`
      : `${JSON.stringify(text.slice(0, 60))} of ${text.length} characters is ${canonical.slice(0, 60)}`,
});

test(hosts, 'taobao.com', 'taobao.com');
test(hosts, 'TaoBao.COM', 'taobao.com');
test(hosts, 'taobao.com.', 'taobao.com');
test(hosts, 'localhost', 'localhost');
test(hosts, '1-800.example', '1-800.example');
test(hosts, 'constructor', 'constructor');
test(hosts, 'a'.repeat(253), 'a'.repeat(253));
test(hosts, 'a'.repeat(254), undefined);
test(hosts, 'a'.repeat(1_000_000), undefined);
test(hosts, '*.taobao.com', '*.taobao.com');
test(hosts, '*.TAOBAO.com.', '*.taobao.com');
test(hosts, `*.${'a'.repeat(251)}`, `*.${'a'.repeat(251)}`);
test(hosts, `*.${'a'.repeat(252)}`, undefined);

// IDN
test(hosts, '淘宝.com', 'xn--pbt173b.com');
test(hosts, '*.淘宝.com', '*.xn--pbt173b.com');
test(hosts, '淘宝。com', 'xn--pbt173b.com');
test(hosts, '淘宝.com.', 'xn--pbt173b.com');
test(hosts, '淘宝.com。', 'xn--pbt173b.com');
test(hosts, 'BÜCHER.de', 'xn--bcher-kva.de');
test(hosts, 'xn--bcher-kva.de', 'xn--bcher-kva.de');
test(hosts, 'ｔａｏｂａｏ.com', 'taobao.com');

// domainToASCII parses a URL, which reads these as parts of one
for (const text of [
  'é.com/x',
  'é.com?x',
  'é.com#x',
  'é.com\\x',
  'é%41.com',
  'é\t.com',
  'é\n.com',
  'u@é.com',
  'é.com:80',
])
  test(hosts, text, undefined);
for (const text of [
  'é／x.com',
  'é：80',
  'é＠b.com',
  '％41.com',
  '＊.taobao.com',
  'é..com',
  'é .com',
  'é,b.com',
])
  test(hosts, text, undefined);

// Neither names nor wildcards
for (const text of [
  '',
  '.',
  '..',
  '*',
  '*.',
  '*..',
  '.com',
  'a..b',
  'taobao.com..',
  '-a.com',
  'a-.com',
  'a_b.com',
])
  test(hosts, text, undefined);
for (const text of [
  'a.*.com',
  '*a.com',
  '*.*.com',
  'a.*',
  '**.com',
  '~^www',
  '{a}.com',
  'a.com;',
  'a"b',
  "a'b",
  '$x.com',
])
  test(hosts, text, undefined);
for (const text of [
  'taobao.com:80',
  'http://taobao.com',
  'taobao.com/',
  ' taobao.com',
  'a b.com',
  'a\0.com',
  'a.com\n',
  'a@b.com',
])
  test(hosts, text, undefined);
for (const text of [
  '10.0.0.1',
  '127.0.0.1.',
  '*.10.0.0.1',
  '::1',
  '[::1]',
  'fe80::1%eth0',
  '１.２.３.４',
  '１２７。１',
])
  test(hosts, text, undefined);
test(hosts, '__proto__', undefined);

test('any text is refused or has one canonical form, in lower case, of at most 253 characters', t => {
  const text = fc.oneof(
    anyText(),
    fc.string({
      unit: fc.constantFrom(
        'a',
        'B',
        '1',
        '-',
        '.',
        '*',
        '。',
        '淘',
        'é',
        'İ',
        'K',
        'ß',
        '%',
        ':',
        '/',
        '\u200b',
        '\ud800',
      ),
    }),
    fc.webUrl(),
    fc.domain(),
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom(...PROTOTYPE_NAMES),
  );
  fc.assert(
    fc.property(text, written => {
      const host = canonicalHost(written);
      if (host === undefined) return;
      t.is(canonicalHost(host), host);
      t.is(canonicalHost(host.toUpperCase()), host);
      t.true(host.length <= 253);
      t.regex(host, /^(?:\*\.)?[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/);
    }),
    { numRuns: 3000 },
  );
});

const coverage = test.macro({
  exec(t, ruleHost: string, host: string, covers: boolean) {
    t.is(hostCovers(ruleHost, host), covers);
  },
  title: (_, ruleHost, host, covers) =>
    `${JSON.stringify(ruleHost)} ${covers ? 'covers' : 'does not cover'} ${JSON.stringify(host)}`,
});

test(coverage, 'taobao.com', 'taobao.com', true);
test(coverage, 'taobao.com', 'www.taobao.com', false);
test(coverage, '*.taobao.com', 'www.taobao.com', true);
test(coverage, '*.taobao.com', '*.taobao.com', true);
test(coverage, '*.taobao.com', 'taobao.com', false);
test(coverage, '*.taobao.com', 'a.www.taobao.com', false);
test(coverage, '*.taobao.com', '.taobao.com', false);
test(coverage, '*.taobao.com', 'eviltaobao.com', false);
test(coverage, '*.taobao.com', 'www.taobao.com.evil', false);
test(coverage, '*.com', 'taobao.com', true);
test(coverage, '*.com', 'com', false);
test(coverage, '', 'taobao.com', false);
