import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import {
  decodeHostKey,
  hostKey,
  MAX_KEYED_HOST_BYTES,
  type RuleHost,
  readRuleHost,
} from '../../src/core/host-key.ts';
import { anyText } from '../helpers/any-text.ts';

const MD5_OF_NOTHING = 'd41d8cd98f00b204e9800998ecf8427e';
const TAOBAO_KEY = '74616f62616f2e636f6dd41d8cd98f00b204e9800998ecf8427e';
/** The host that the seed's own example prints. */
const SEED_KEY = '6a69616e67626f31303030312e782e636f6dd41d8cd98f00b204e9800998ecf8427e';

const label = fc.stringMatching(/^[a-z0-9](?:[-a-z0-9]{0,9}[a-z0-9])?$/);
const canonicalHosts = fc
  .tuple(fc.boolean(), fc.array(label, { minLength: 2, maxLength: 5 }))
  .map(([wildcard, labels]) => ({ wildcard, name: labels.join('.') }))
  .filter(({ name }) => isIP(name) === 0)
  .map(({ wildcard, name }) => (wildcard ? `*.${name}` : name));

test('the key of taobao.com is that of the seed', t => {
  t.is(hostKey('taobao.com'), TAOBAO_KEY);
});

test("the seed's printed key decodes to jiangbo10001.x.com", t => {
  t.deepEqual(decodeHostKey(SEED_KEY), { host: 'jiangbo10001.x.com', digest: MD5_OF_NOTHING });
  t.is(hostKey('jiangbo10001.x.com'), SEED_KEY);
});

test('a rule for all hosts has the MD5 alone as its key', t => {
  t.is(hostKey(''), MD5_OF_NOTHING);
  t.deepEqual(decodeHostKey(MD5_OF_NOTHING), { host: '', digest: MD5_OF_NOTHING });
});

test('a wildcard is encoded as it stands', t => {
  t.is(hostKey('*.taobao.com'), `2a2e${TAOBAO_KEY}`);
  t.is(decodeHostKey(`2a2e${TAOBAO_KEY}`)?.host, '*.taobao.com');
});

test('the entry changes the digest and nothing else', t => {
  const digest = createHash('md5').update('internal').digest('hex');
  t.is(hostKey('taobao.com', 'internal'), TAOBAO_KEY.slice(0, -32) + digest);
});

test('110 bytes are the most that fit: 2 × 110 + 32 = 252 of 253 characters', t => {
  t.is(MAX_KEYED_HOST_BYTES, 110);
  t.is(hostKey('a'.repeat(110)).length, 252);
  t.is(hostKey('a'.repeat(111)).length, 254);
});

test('what is encoded decodes to the same host, and every host and entry has a key of its own', t => {
  fc.assert(
    fc.property(canonicalHosts, canonicalHosts, fc.string(), (host, other, entry) => {
      const key = hostKey(host, entry);
      t.regex(key, /^[0-9a-f]+$/);
      t.is(decodeHostKey(key)?.host, host);
      t.is(decodeHostKey(key)?.digest, createHash('md5').update(entry, 'utf8').digest('hex'));
      t.is(hostKey(other, entry) === key, other === host);
    }),
    { numRuns: 500 },
  );
});

/** What admission does with a rule's host: read it, and write its key. */
const keyed = (text: string, entry: string): string | undefined => {
  const read = readRuleHost(text, [entry]);
  return read.kind === 'plain' || read.kind === 'key' ? hostKey(read.host, entry) : undefined;
};

test('the key of a key is the key, in every spelling', t => {
  fc.assert(
    fc.property(canonicalHosts, fc.constantFrom('', 'internal', 'lb-2'), (host, entry) => {
      const key = keyed(host, entry);
      t.is(key, hostKey(host, entry));
      for (const spelling of [key ?? '', key?.toUpperCase() ?? '', `${key}.`])
        t.is(keyed(spelling, entry), key);
    }),
    { numRuns: 500 },
  );
});

test('decoding and reading any text never throws, and what decodes is encoded to the same text', t => {
  const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef') });
  const texts = fc.oneof(
    anyText(),
    hex,
    hex.map(text => text + MD5_OF_NOTHING),
    anyText().map(text => Buffer.from(text).toString('hex') + MD5_OF_NOTHING),
    fc.string().map(text => text + MD5_OF_NOTHING),
  );
  fc.assert(
    fc.property(texts, text => {
      const decoded = decodeHostKey(text);
      if (decoded !== undefined) t.is(Buffer.from(decoded.host).toString('hex') + decoded.digest, text);
      const read = readRuleHost(text, ['']);
      if (read.kind === 'key') t.is(hostKey(read.host), text.toLowerCase());
      // Nothing of key form is ever taken for a host, so it can never be encoded again.
      if (read.kind === 'plain') t.is(decodeHostKey(read.host), undefined);
    }),
    { numRuns: 3000 },
  );
});

const undecodable = test.macro<[text: string]>({
  exec(t, text: string) {
    t.is(decodeHostKey(text), undefined);
  },
  title: (title, text) => title ?? `${JSON.stringify(text.slice(0, 60))} is no key`,
});

const hexOf = (text: string): string => Buffer.from(text, 'utf8').toString('hex');
test(undecodable, '');
test(undecodable, 'taobao.com');
test(undecodable, 'cafe');
test(undecodable, MD5_OF_NOTHING.slice(1));
test(undecodable, `0${TAOBAO_KEY}`);
test('upper case is no key: readers of keys lower them first', undecodable, TAOBAO_KEY.toUpperCase());
test('a host in upper case was never keyed', undecodable, hexOf('TaoBao.com') + MD5_OF_NOTHING);
test('a host with a trailing dot was never keyed', undecodable, hexOf('taobao.com.') + MD5_OF_NOTHING);
test('an IDN that is no punycode was never keyed', undecodable, hexOf('淘宝.com') + MD5_OF_NOTHING);
test('an address was never keyed', undecodable, hexOf('10.0.0.1') + MD5_OF_NOTHING);
test('a line break was never keyed', undecodable, hexOf('taobao.com\n') + MD5_OF_NOTHING);
test('bytes that are no UTF-8 were never keyed', undecodable, `ff${TAOBAO_KEY}`);
test('a key followed by a line break is none', undecodable, `${TAOBAO_KEY}\n`);

const readings = test.macro<[text: string, expected: RuleHost]>({
  exec(t, text: string, expected: RuleHost) {
    t.deepEqual(readRuleHost(text, ['', 'internal']), expected);
  },
  title: (title, text, { kind }) => title ?? `${JSON.stringify(text.slice(0, 70))} in a rule is ${kind}`,
});

test(readings, '', { kind: 'plain', host: '' });
test(readings, 'TaoBao.com.', { kind: 'plain', host: 'taobao.com' });
test(readings, '淘宝.com', { kind: 'plain', host: 'xn--pbt173b.com' });
test(readings, 'constructor', { kind: 'plain', host: 'constructor' });
test(readings, '__proto__', { kind: 'invalid' });
test(readings, 'taobao.com:443', { kind: 'invalid' });
test(readings, TAOBAO_KEY, { kind: 'key', host: 'taobao.com', entry: '' });
test(readings, MD5_OF_NOTHING, { kind: 'key', host: '', entry: '' });
test(readings, `${TAOBAO_KEY}.`, { kind: 'key', host: 'taobao.com', entry: '' });
test(readings, TAOBAO_KEY.toUpperCase(), { kind: 'key', host: 'taobao.com', entry: '' });
test(readings, hostKey('taobao.com', 'internal'), { kind: 'key', host: 'taobao.com', entry: 'internal' });
test('a key in full-width digits is that key', readings, TAOBAO_KEY.replaceAll('6', '６'), {
  kind: 'key',
  host: 'taobao.com',
  entry: '',
});
test(readings, hostKey('taobao.com', 'other'), { kind: 'foreign', host: 'taobao.com' });
test(readings, hostKey('', 'other'), { kind: 'foreign', host: '' });
test(readings, 'deadbeef'.repeat(4), { kind: 'foreign', host: '' });
test('our digest behind bytes that are no host is broken', readings, `ff${TAOBAO_KEY}`, { kind: 'broken' });
test('our digest behind an upper-case host is broken', readings, hexOf('TaoBao.com') + MD5_OF_NOTHING, {
  kind: 'broken',
});
test('the key of a key is broken, and not one more host', readings, hostKey(TAOBAO_KEY), { kind: 'broken' });
test('a foreign key of a key stays foreign', readings, hostKey(TAOBAO_KEY, 'other'), {
  kind: 'foreign',
  host: TAOBAO_KEY,
});
test('a name that only ends like a key is a host', readings, `www-${MD5_OF_NOTHING}`, {
  kind: 'plain',
  host: `www-${MD5_OF_NOTHING}`,
});
test('64 hex digits that spell no host are a host themselves', readings, 'e3'.repeat(32), {
  kind: 'plain',
  host: 'e3'.repeat(32),
});
