import { X509Certificate } from 'node:crypto';
import { copyFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { parse } from 'yaml';
import { writeDemoCertificates } from '../../examples/demo-certificates.ts';
import { CHECKOUT } from '../helpers/run-sluice.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

const exampleFile = (name: string): string => join(CHECKOUT, 'examples', name);

test('a host of spec.tls gets a certificate that its clients can trust, and a key for its owner alone', async t => {
  const folder = await tempFolder(t);
  await copyFile(exampleFile('one-http-port/ingress.yaml'), join(folder, 'ingress.yaml'));
  const generated = writeDemoCertificates(folder);
  t.is(generated, join(folder, 'generated'));
  const secret = parse(await readFile(join(folder, 'generated/secrets.yaml'), 'utf8'));
  t.like(secret, {
    kind: 'Secret',
    metadata: { name: 'hello-tls', namespace: 'default' },
    type: 'kubernetes.io/tls',
  });
  const leaf = new X509Certificate(Buffer.from(secret.data['tls.crt'], 'base64'));
  const trusted = new X509Certificate(await readFile(join(folder, 'generated/ca.crt')));
  t.is(leaf.fingerprint256, trusted.fingerprint256);
  t.is(leaf.checkHost('hello.example'), 'hello.example');
  t.is(leaf.checkHost('other.example'), undefined);
  t.is((await stat(join(folder, 'generated/secrets.yaml'))).mode & 0o777, 0o600);

  writeDemoCertificates(folder);
  const again = new X509Certificate(await readFile(join(folder, 'generated/ca.crt')));
  t.not(again.fingerprint256, trusted.fingerprint256, 'made anew');
});

test('an example without TLS gets none', async t => {
  const folder = await tempFolder(t);
  await copyFile(exampleFile('tcp-and-http/ingress.yaml'), join(folder, 'ingress.yaml'));
  await copyFile(exampleFile('tcp-only/services.yaml'), join(folder, 'services.yaml'));
  t.is(writeDemoCertificates(folder), null);
  await t.throwsAsync(stat(join(folder, 'generated')), { code: 'ENOENT' });
});
