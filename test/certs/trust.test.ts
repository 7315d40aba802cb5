import { createPrivateKey, X509Certificate } from 'node:crypto';
import test from 'ava';
import { type KeyedCertificate, newSerial } from '../../certs/authority.ts';
import { derName, signedCertificate, subjectOf } from '../../certs/certificate-der.ts';
import {
  alternativeNames,
  authorityConstraints,
  leafConstraints,
  signingUsage,
} from '../../certs/certificate-extensions.ts';
import { newKeyPair, privateKeyPem } from '../../certs/key-pair.ts';
import { isSigned, isTrusted } from '../../certs/trust.ts';
import { authorityAt, DAY_MS, mintAt, NOW_MS, servingBy } from '../helpers/certificates.ts';

const parsed = ({ certificate }: KeyedCertificate): X509Certificate => new X509Certificate(certificate);

/** A certificate of ten days under another, as an issuer with intermediates makes them. */
const under = (signer: KeyedCertificate, name: string, isAuthority: boolean): KeyedCertificate => {
  const { publicKey, privateKey } = newKeyPair();
  const certificate = signedCertificate(
    {
      serial: newSerial(mintAt(NOW_MS)),
      issuer: subjectOf(parsed(signer)),
      subject: derName(name),
      notBeforeMs: NOW_MS,
      notAfterMs: NOW_MS + 10 * DAY_MS,
      publicKey,
      extensions: isAuthority
        ? [authorityConstraints(), signingUsage()]
        : [leafConstraints(), alternativeNames([name])],
    },
    createPrivateKey(signer.key),
  );
  return { certificate, key: privateKeyPem(privateKey) };
};

const root = authorityAt(NOW_MS);
const other = authorityAt(NOW_MS);
const direct = servingBy(root, NOW_MS);
const middle = under(root, 'middle', true);
const lower = under(middle, 'lower', true);
const deep = under(lower, 'a.svc', false);
const byLeaf = under(direct, 'b.svc', false);

type Case = {
  readonly chain: readonly KeyedCertificate[];
  readonly bundle: readonly KeyedCertificate[];
  readonly atMs?: number;
};

const trust = test.macro({
  exec(t, { chain, bundle, atMs = NOW_MS }: Case, expected: boolean) {
    const certificates = chain.map(parsed);
    t.is(isTrusted({ certificates, bundle: bundle.map(parsed) }, atMs), expected);
  },
  title: (given = '', _case: Case, expected: boolean) => `${given}: ${expected ? 'trusted' : 'not trusted'}`,
});

test('signed by what is in the bundle', trust, { chain: [direct], bundle: [other, root] }, true);
test('signed by something else', trust, { chain: [direct], bundle: [other] }, false);
test('an empty bundle', trust, { chain: [direct], bundle: [] }, false);
test('no certificate', trust, { chain: [], bundle: [root] }, false);
test('itself in the bundle', trust, { chain: [direct], bundle: [direct] }, true);
test('over two intermediates in any order', trust, { chain: [deep, middle, lower], bundle: [root] }, true);
test('an intermediate as anchor', trust, { chain: [deep, lower], bundle: [middle] }, true);
test('a missing intermediate', trust, { chain: [deep, middle], bundle: [root] }, false);
test('its root beside it but not in the bundle', trust, { chain: [direct, root], bundle: [other] }, false);
test('signed by what may not sign', trust, { chain: [byLeaf, direct], bundle: [root] }, false);
test('before its time', trust, { chain: [direct], bundle: [root], atMs: NOW_MS - 2 * DAY_MS }, false);
test('at its last moment', trust, { chain: [direct], bundle: [root], atMs: NOW_MS + 90 * DAY_MS }, true);
test('after its end', trust, { chain: [direct], bundle: [root], atMs: NOW_MS + 90 * DAY_MS + 1 }, false);
test(
  'after the end of an intermediate',
  trust,
  { chain: [deep, middle, lower], bundle: [root], atMs: NOW_MS + 11 * DAY_MS },
  false,
);
test('a copy of its authority with another key', trust, { chain: [direct], bundle: [imposter()] }, false);

/** Same name as the root, made by somebody else. */
function imposter(): KeyedCertificate {
  const { publicKey, privateKey } = newKeyPair();
  const name = subjectOf(parsed(root));
  const certificate = signedCertificate(
    {
      serial: newSerial(mintAt(NOW_MS)),
      issuer: name,
      subject: name,
      notBeforeMs: NOW_MS,
      notAfterMs: NOW_MS + DAY_MS,
      publicKey,
      extensions: [authorityConstraints()],
    },
    privateKey,
  );
  return { certificate, key: privateKeyPem(privateKey) };
}

test('a signature is one at any time', t => {
  t.true(isSigned({ certificates: [parsed(direct)], bundle: [parsed(root)] }));
  t.false(isSigned({ certificates: [parsed(direct)], bundle: [parsed(other)] }));
});
