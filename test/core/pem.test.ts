import test from 'ava';
import { certificatesIn, isKeyOf } from '../../src/core/pem.ts';
import { NOW_MS, selfSigned } from '../helpers/certificates.ts';

const first = selfSigned(['a.com'], NOW_MS);
const second = selfSigned(['b.com'], NOW_MS);

test('certificates are found in PEM, whatever else stands there', t => {
  const found = certificatesIn(`subject=a\r\n${first.certificate}${first.key}${second.certificate}`);
  t.is(found, `${first.certificate.trim()}\n${second.certificate.trim()}\n`);
});

for (const [title, text] of [
  ['nothing', ''],
  ['a key', first.key],
  ['half a certificate', first.certificate.slice(0, 300)],
  ['one whose bytes are none', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
] as const)
  test(`${title} is no certificate`, t => {
    t.is(certificatesIn(text), undefined);
  });

test('one broken certificate spoils the list: nobody knows whom it was to trust', t => {
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  t.is(certificatesIn(first.certificate + broken), undefined);
});

test('a key is known by its certificate', t => {
  t.true(isKeyOf(first.key, first.certificate));
  t.true(isKeyOf(first.key, first.certificate + second.certificate));
  t.false(isKeyOf(second.key, first.certificate));
  t.false(isKeyOf('', first.certificate));
  t.false(isKeyOf(first.key, ''));
});
