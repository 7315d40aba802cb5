import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import test from 'ava';
import { type KeyedCertificate, newAuthority } from '../../certs/authority.ts';
import {
  authorityReasons,
  formatReasons,
  type Reason,
  reissueReasons,
  servingReasons,
  unusableReasons,
} from '../../certs/checks.ts';
import { issueServing } from '../../certs/issue.ts';
import { newKeyPair } from '../../certs/key-pair.ts';
import { authorityAt, DAY_MS, HOUR_MS, mintAt, NAMES, NOW_MS, servingBy } from '../helpers/certificates.ts';

const authority = authorityAt(NOW_MS);
const other = authorityAt(NOW_MS);
const serving = servingBy(authority, NOW_MS);

/** What openssl makes, beside what we make. */
const selfSigned = (...options: readonly string[]): KeyedCertificate => {
  const request = ['req', '-x509', '-nodes', '-keyout', '-', '-subj', '/CN=x', '-days', '365'];
  const both = execFileSync('openssl', [...request, ...options], { stdio: ['ignore', 'pipe', 'ignore'] });
  // Key and certificate in one text: each reader takes its own.
  return { certificate: String(both), key: String(both) };
};

const P256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
const P384 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'];
const RSA_1024 = ['-newkey', 'rsa:1024'];

const withoutCa = (() => {
  const mint = { ...mintAt(NOW_MS), newKeyPair: () => PAIR };
  const PAIR = newKeyPair();
  const signer = newAuthority(mint, 365 * DAY_MS);
  // Signed by its own key, but no authority.
  return issueServing(signer, { names: NAMES, lifetimeMs: 90 * DAY_MS }, mint);
})();

const codes = (reasons: readonly Reason[]): readonly string[] => reasons.map(({ code }) => code);

const authorityCase = test.macro({
  exec(t, stored: KeyedCertificate | null, afterMs: number, expected: readonly string[]) {
    t.deepEqual(codes(authorityReasons(stored, NOW_MS + afterMs)), expected);
  },
  title: (given = '', _stored: unknown, _afterMs: number, expected: readonly string[]) =>
    `an authority ${given}: ${expected.join(', ') || 'nothing to do'}`,
});

test('new', authorityCase, authority, 0, []);
test('just before two thirds of its life', authorityCase, authority, (365 * DAY_MS * 2) / 3 - 1, []);
test('at two thirds of its life', authorityCase, authority, (365 * DAY_MS * 2) / 3, ['RenewalDue']);
test('in its last second', authorityCase, authority, 365 * DAY_MS, ['RenewalDue']);
test('past its end', authorityCase, authority, 365 * DAY_MS + 1, ['Expired']);
test('seen by a clock an hour behind', authorityCase, authority, -HOUR_MS, []);
test('seen by a clock further behind', authorityCase, authority, -HOUR_MS - 1, ['NotYetValid']);
test('that is not there', authorityCase, null, 0, ['Missing']);
test('with an empty certificate', authorityCase, { ...authority, certificate: '' }, 0, ['Corrupt']);
test('with an empty key', authorityCase, { ...authority, key: '' }, 0, ['Corrupt']);
test(
  'cut in the middle',
  authorityCase,
  { ...authority, certificate: authority.certificate.slice(0, 300) },
  0,
  ['Corrupt'],
);
test(
  'with a bit turned over',
  authorityCase,
  { ...authority, certificate: authority.certificate.replace(/^MII./m, 'MIIC') },
  0,
  ['Corrupt'],
);
test('with the key of another', authorityCase, { ...authority, key: other.key }, 0, ['KeyMismatch']);
test('on a curve that we do not sign with', authorityCase, selfSigned(...P384), HOUR_MS, ['ForeignKey']);
test('that openssl made', authorityCase, selfSigned(...P256), HOUR_MS, []);
test('with an old signature', authorityCase, selfSigned(...P256, '-sha1'), HOUR_MS, ['Weak']);
test('with a short RSA key', authorityCase, selfSigned(...RSA_1024), HOUR_MS, ['Weak', 'ForeignKey']);
test('that is a serving certificate', authorityCase, serving, 0, ['NotAuthority']);
test('that may not sign', authorityCase, withoutCa, 0, ['NotAuthority']);

const signer = new X509Certificate(authority.certificate);

const servingCase = test.macro({
  exec(t, stored: KeyedCertificate | null, afterMs: number, expected: readonly string[]) {
    const wanted = { names: NAMES, nowMs: NOW_MS + afterMs, authority: signer };
    t.deepEqual(codes(reissueReasons(stored, wanted)), expected);
  },
  title: (given = '', _stored: unknown, _afterMs: number, expected: readonly string[]) =>
    `a serving certificate ${given}: ${expected.join(', ') || 'nothing to do'}`,
});

test('new', servingCase, serving, 0, []);
test('at two thirds of its life', servingCase, serving, 60 * DAY_MS, ['RenewalDue']);
test('past its end', servingCase, serving, 90 * DAY_MS + 1, ['Expired']);
test('seen by a clock further behind', servingCase, serving, -HOUR_MS - 1, ['NotYetValid']);
test('that is not there', servingCase, null, 0, ['Missing']);
test('that is no certificate', servingCase, { ...serving, certificate: 'x' }, 0, ['Corrupt']);
test('with the key of another', servingCase, { ...serving, key: other.key }, 0, ['KeyMismatch']);
test('of another authority', servingCase, servingBy(other, NOW_MS), 0, ['OtherAuthority']);
test('without the address', servingCase, servingBy(authority, NOW_MS, NAMES.slice(0, 1)), 0, [
  'NamesMissing',
]);
test('with further names', servingCase, servingBy(authority, NOW_MS, [...NAMES, 'a.b']), 0, []);
test(
  'with a wildcard',
  servingCase,
  servingBy(authority, NOW_MS, ['*.sluice-system.svc', '127.0.0.1']),
  0,
  [],
);
test('that is the authority', servingCase, authority, 0, ['NamesMissing']);
test('old, of another, without names', servingCase, servingBy(other, NOW_MS - 70 * DAY_MS, ['a']), 0, [
  'NamesMissing',
  'OtherAuthority',
  'RenewalDue',
]);

test('a certificate whose purpose is another one is not for servers', t => {
  const extensions = ['-addext', 'extendedKeyUsage=clientAuth', '-addext', 'subjectAltName=DNS:a.b'];
  t.deepEqual(codes(unusableReasons(selfSigned(...P256, ...extensions), ['a.b'])), ['NotForServers']);
});

test('whoever issued it, a certificate is judged by its time and its names', t => {
  const foreign = servingBy(other, NOW_MS);
  const at = (nowMs: number): readonly string[] => codes(servingReasons(foreign, { names: NAMES, nowMs }));
  t.deepEqual(at(NOW_MS + 89 * DAY_MS), []);
  t.deepEqual(at(NOW_MS + 91 * DAY_MS), ['Expired']);
  t.deepEqual(codes(unusableReasons(foreign, ['other.svc'])), ['NamesMissing']);
});

test('reasons are one line, with times and what is missing', t => {
  const late = reissueReasons(serving, {
    names: ['a.svc', 'b.svc'],
    nowMs: NOW_MS + 91 * DAY_MS,
    authority: signer,
  });
  const ended = new Date(NOW_MS + 90 * DAY_MS).toISOString();
  t.is(formatReasons(late), `NamesMissing: it does not name a.svc, b.svc; Expired: it ended at ${ended}`);
});
