import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import test from 'ava';
import { newSerial } from '../../../certs/authority.ts';
import { derName, signedCertificate } from '../../../certs/certificate-der.ts';
import { leafConstraints, serverUsage } from '../../../certs/certificate-extensions.ts';
import { secretCertificate } from '../../../src/core/certificates/secret-certificate.ts';
import type { Secret } from '../../../src/core/objects/secret.ts';
import { authorityAt, mintAt, NOW_MS, servingBy } from '../../helpers/certificates.ts';
import { metadata } from '../../helpers/kubernetes-objects.ts';
import { certificateFor, tlsSecret } from '../../helpers/tls-secrets.ts';

const PAIR = certificateFor('taobao.com', '*.taobao.com');

const secretOf = (data: Readonly<Record<string, string>>, type = 'kubernetes.io/tls'): Secret => ({
  kind: 'Secret',
  metadata: metadata('one'),
  type,
  data: Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  ),
});

const reasonOf = (secret: Secret): string | null => {
  const reading = secretCertificate(secret);
  return reading.ok ? null : reading.reason;
};

const coverage = test.macro({
  exec(t, domain: string, expected: boolean) {
    const reading = secretCertificate(tlsSecret('one', PAIR));
    t.is(reading.ok && reading.certificate.covers(domain), expected);
  },
  title: (_, domain, expected) =>
    `taobao.com and *.taobao.com ${expected ? 'cover' : 'do not cover'} ${JSON.stringify(domain)}`,
});

test(coverage, 'taobao.com', true);
test(coverage, 'www.taobao.com', true);
test(coverage, '*.taobao.com', true);
test(coverage, '', true);
test(coverage, 'a.b.taobao.com', false);
test(coverage, '*.b.taobao.com', false);
test(coverage, 'tmall.com', false);
test(coverage, '*.com', false);

test('one name below a domain is not the wildcard', t => {
  const reading = secretCertificate(tlsSecret('one', certificateFor('www.taobao.com')));
  t.false(reading.ok && reading.certificate.covers('*.taobao.com'));
});

test('a certificate without other names is for its CN, as in ingress-nginx', t => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const name = derName('taobao.com');
  const certificate = signedCertificate(
    {
      serial: newSerial(mintAt(NOW_MS)),
      issuer: name,
      subject: name,
      notBeforeMs: NOW_MS,
      notAfterMs: NOW_MS + 1000,
      publicKey,
      extensions: [leafConstraints(), serverUsage()],
    },
    privateKey,
  );
  const key = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const reading = secretCertificate(tlsSecret('one', { certificate, key }));
  t.true(reading.ok && reading.certificate.covers('taobao.com'));
  t.is(reading.ok ? reading.certificate.names : '', 'taobao.com');
});

test('the plan holds the chain as it was written, but for what is no certificate, and the key in one form', t => {
  const authority = authorityAt(NOW_MS);
  const { certificate, key } = servingBy(authority, NOW_MS, ['taobao.com']);
  const sec1 = String(createPrivateKey(key).export({ type: 'sec1', format: 'pem' }));
  const chain = `# the leaf\n${certificate}\n\nissuer: me\n${authority.certificate}`;
  const reading = secretCertificate(tlsSecret('one', { certificate: chain, key: sec1 }, { type: 'Opaque' }));
  t.true(reading.ok);
  if (!reading.ok) return;
  t.is(reading.certificate.plan.id, 'shop/one');
  t.is(reading.certificate.plan.chain, certificate + authority.certificate);
  t.is(reading.certificate.plan.key, String(createPrivateKey(key).export({ type: 'pkcs8', format: 'pem' })));
  t.is(reading.certificate.notAfterMs, NOW_MS + 90 * 86_400_000);
});

test('a Secret is read once', t => {
  const secret = tlsSecret('one', PAIR);
  t.is(secretCertificate(secret), secretCertificate(secret));
});

const refusals = test.macro({
  exec(t, secret: Secret, reason: string) {
    t.is(reasonOf(secret), reason);
  },
  title: (title, _, reason) => `a Secret${title ?? ''} is refused that ${reason}`,
});

test(
  refusals,
  secretOf({ 'tls.crt': PAIR.certificate, 'tls.key': PAIR.key }, 'example.com/other'),
  'is of type "example.com/other", not "kubernetes.io/tls"',
);
test(refusals, secretOf({ 'tls.key': PAIR.key }), 'has no key "tls.crt"');
test(refusals, secretOf({ 'tls.crt': PAIR.certificate }), 'has no key "tls.key"');
test(
  refusals,
  secretOf({ 'tls.crt': PAIR.key, 'tls.key': PAIR.key }),
  'has no certificate in PEM under tls.crt',
);
test(
  refusals,
  secretOf({
    'tls.crt': `${PAIR.certificate}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    'tls.key': PAIR.key,
  }),
  'has a certificate under tls.crt that cannot be read: number 2',
);
test(
  refusals,
  secretOf({ 'tls.crt': PAIR.certificate.repeat(11), 'tls.key': PAIR.key }),
  'has 11 certificates under tls.crt; 10 are the most',
);
test(
  refusals,
  secretOf({ 'tls.crt': PAIR.certificate, 'tls.key': PAIR.certificate }),
  'has no private key in PEM, without a passphrase, under tls.key',
);
test(
  ' whose key has a passphrase',
  refusals,
  secretOf({
    'tls.crt': PAIR.certificate,
    'tls.key': String(
      createPrivateKey(PAIR.key).export({
        type: 'pkcs8',
        format: 'pem',
        cipher: 'aes-256-cbc',
        passphrase: randomBytes(8).toString('hex'),
      }),
    ),
  }),
  'has no private key in PEM, without a passphrase, under tls.key',
);
test(
  refusals,
  secretOf({ 'tls.crt': PAIR.certificate, 'tls.key': certificateFor('taobao.com').key }),
  'has a tls.key that does not belong to its tls.crt',
);

/** Of openssl, for a hundred years; nobody but this test has ever used them. */
const pairOf = (name: string): Secret => {
  const text = readFileSync(new URL(`pairs/${name}.pem`, import.meta.url), 'utf8');
  return secretOf({ 'tls.crt': text, 'tls.key': text });
};

test(refusals, pairOf('rsa-1024'), 'has an RSA key of 1024 bits; 2048 are the least');
test(refusals, pairOf('p-224'), 'has an ECDSA key on a curve that is not P-256, P-384 or P-521');

for (const name of ['rsa-2048', 'p-256', 'p-384', 'ed25519'])
  test(`a key of ${name} is served, by OpenSSL too`, t => {
    const reading = secretCertificate(pairOf(name));
    t.true(reading.ok);
    if (!reading.ok) return;
    const { chain, key } = reading.certificate.plan;
    t.notThrows(() => createSecureContext({ cert: chain, key }));
  });
