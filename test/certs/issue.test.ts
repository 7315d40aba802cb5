import { execFile } from 'node:child_process';
import { randomBytes, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import { newAuthority } from '../../certs/authority.ts';
import { calledNames, issueServing, servingNames } from '../../certs/issue.ts';
import { type KeyPair, newKeyPair } from '../../certs/key-pair.ts';
import { authorityAt, DAY_MS, HOUR_MS, mintAt, NOW_MS, servingBy } from '../helpers/certificates.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

const run = promisify(execFile);
const isLikeDer = ({ publicKey }: KeyPair): boolean =>
  publicKey.export({ type: 'spki', format: 'der' }).at(-64) === 63;

const service = { name: 'sluice-webhook', namespace: 'sluice-system' };

test('a service is named in every form, and called by one', t => {
  t.deepEqual(servingNames(service), [
    'sluice-webhook',
    'sluice-webhook.sluice-system',
    'sluice-webhook.sluice-system.svc',
    'sluice-webhook.sluice-system.svc.cluster.local',
  ]);
  t.deepEqual(calledNames({ ...service, extra: ['127.0.0.1'] }), [
    'sluice-webhook.sluice-system.svc',
    '127.0.0.1',
  ]);
  t.true(
    servingNames({ ...service, clusterDomain: 'corp' }).includes('sluice-webhook.sluice-system.svc.corp'),
  );
});

test('an authority signs itself, begins an hour ago and has a name of its own', t => {
  const [one, other] = [1, 2].map(() => new X509Certificate(authorityAt(NOW_MS).certificate));
  t.true(one?.ca);
  t.true(one?.verify(one.publicKey));
  t.is(one?.validFromDate.getTime(), NOW_MS - HOUR_MS);
  t.is(one?.validToDate.getTime(), NOW_MS + 365 * DAY_MS);
  t.is(one?.signatureAlgorithm, 'ecdsa-with-SHA256');
  t.regex(one?.subject ?? '', /^CN=sluice webhook CA [0-9a-f]{16}$/);
  t.not(one?.subject, other?.subject);
  t.not(one?.serialNumber, other?.serialNumber);
});

test('a serving certificate is for servers and never outlives its authority', t => {
  const authority = authorityAt(NOW_MS - 300 * DAY_MS);
  const certificate = new X509Certificate(servingBy(authority, NOW_MS).certificate);
  t.false(certificate.ca);
  t.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  t.is(certificate.validFromDate.getTime(), NOW_MS - HOUR_MS);
  t.is(certificate.validToDate.getTime(), NOW_MS + 65 * DAY_MS);
});

test('serial numbers are positive and carry 126 random bits, whatever is drawn', t => {
  for (const byte of [0x00, 0x7f, 0x80, 0xff]) {
    const mint = { ...mintAt(NOW_MS), randomBytes: (count: number) => Buffer.alloc(count, byte) };
    const { serialNumber } = new X509Certificate(newAuthority(mint, DAY_MS).certificate);
    t.is(serialNumber.length, 32);
    t.regex(serialNumber, /^[4-7]/);
  }
});

test('a key whose bits look like DER of their own is taken as it is', t => {
  // The point is 04 and 64 bytes: an octet string, if the next one is 63.
  let pair = newKeyPair();
  for (let tries = 0; tries < 10_000 && !isLikeDer(pair); tries += 1) pair = newKeyPair();
  t.true(isLikeDer(pair));
  const { certificate } = newAuthority({ ...mintAt(NOW_MS), newKeyPair: () => pair }, DAY_MS);
  t.true(new X509Certificate(certificate).publicKey.equals(pair.publicKey));
});

test('times from 2050 on are written in four digits', t => {
  const beforeMs = Date.UTC(2049, 11, 31, 23, 59, 59);
  const lifeOf = (nowMs: number): X509Certificate =>
    new X509Certificate(newAuthority(mintAt(nowMs), 2 * HOUR_MS).certificate);
  t.is(lifeOf(beforeMs).validToDate.toISOString(), '2050-01-01T01:59:59.000Z');
  t.is(lifeOf(beforeMs).validFromDate.toISOString(), '2049-12-31T22:59:59.000Z');
  const utcTime = 0x17;
  const generalizedTime = 0x18;
  // 13 and 15 characters: YYMMDDHHMMSSZ and YYYYMMDDHHMMSSZ
  t.true(lifeOf(beforeMs).raw.includes(Buffer.of(utcTime, 13)));
  t.true(lifeOf(beforeMs).raw.includes(Buffer.of(generalizedTime, 15)));
  t.false(lifeOf(NOW_MS).raw.includes(Buffer.of(generalizedTime, 15)));
});

test('every address is found again in the certificate', t => {
  const authority = authorityAt(NOW_MS);
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(fc.array(address, { minLength: 20, maxLength: 40 }), addresses => {
      const { certificate } = servingBy(authority, NOW_MS, addresses);
      const parsed = new X509Certificate(certificate);
      for (const one of addresses) t.is(parsed.checkIP(one), one);
    }),
    { numRuns: 20 },
  );
});

test('openssl accepts the chain by its strict rules, for the service’s name and address', async t => {
  const folder = await tempFolder(t);
  const authority = newAuthority({ ...mintAt(Date.now()), randomBytes }, 365 * DAY_MS);
  const other = authorityAt(NOW_MS);
  const names = [...servingNames(service), '127.0.0.1', '::1'];
  const serving = issueServing(authority, { names, lifetimeMs: DAY_MS }, mintAt(Date.now()));
  const [bundle, leaf] = [join(folder, 'ca.crt'), join(folder, 'tls.crt')];
  await writeFile(bundle, other.certificate + authority.certificate);
  await writeFile(leaf, serving.certificate);
  const verify = (...subject: readonly string[]): Promise<{ stdout: string }> =>
    run('openssl', ['verify', '-x509_strict', '-purpose', 'sslserver', ...subject, '-CAfile', bundle, leaf]);
  t.regex((await verify('-verify_hostname', 'sluice-webhook.sluice-system.svc')).stdout, /: OK$/m);
  t.regex((await verify('-verify_ip', '::1')).stdout, /: OK$/m);
  await t.throwsAsync(verify('-verify_hostname', 'other.sluice-system.svc'), {
    message: /hostname mismatch/,
  });
});
