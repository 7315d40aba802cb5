// Certificates for the hosts of an example, made anew at each start: a private key has no place in a repository.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { newKeyPair } from '../certs/key-pair.ts';
import { newSelfSigned } from '../certs/self-signed.ts';

type TlsEntry = { readonly hosts: readonly string[]; readonly secretName: string };

type Manifest = {
  readonly kind: string;
  readonly metadata: { readonly namespace: string };
  readonly spec?: { readonly tls?: readonly TlsEntry[] };
};

/** Longer than anybody looks at an example. */
const LIFETIME_MS = 7 * 24 * 3_600_000;

const MINT = { nowMs: Date.now, newKeyPair, randomBytes };

const manifestsIn = (folder: string): readonly Manifest[] =>
  readdirSync(folder)
    .filter(name => name.endsWith('.yaml'))
    .flatMap(name => parseAllDocuments(readFileSync(join(folder, name), 'utf8')))
    .map(document => document.toJS() as Manifest);

/** What only its owner may read. */
const writePrivate = (file: string, text: string): void => writeFileSync(file, text, { mode: 0o600 });

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/**
 * Writes the Secrets that the Ingresses of a folder name in `spec.tls`, and `ca.crt` for clients that are to trust
 * them, into a folder below it; returns that folder, or null where no Ingress names any.
 */
export const writeDemoCertificates = (folder: string): string | null => {
  const wanted = manifestsIn(folder).flatMap(({ kind, metadata, spec }) =>
    kind === 'Ingress' ? (spec?.tls ?? []).map(entry => ({ ...entry, namespace: metadata.namespace })) : [],
  );
  if (wanted.length === 0) return null;
  const made = wanted.map(({ hosts, secretName: name, namespace }) => ({
    metadata: { name, namespace },
    pair: newSelfSigned({ name: 'Sluice example', names: hosts, lifetimeMs: LIFETIME_MS }, MINT),
  }));
  const secrets = made.map(({ metadata, pair: { certificate, key } }) =>
    stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': base64(certificate), 'tls.key': base64(key) },
    }),
  );
  const generated = join(folder, 'generated');
  mkdirSync(generated, { recursive: true, mode: 0o700 });
  writePrivate(join(generated, 'secrets.yaml'), secrets.join('---\n'));
  writePrivate(join(generated, 'ca.crt'), made.map(({ pair }) => pair.certificate).join(''));
  return generated;
};
