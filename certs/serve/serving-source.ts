import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyedCertificate } from '../authority.ts';
import { servingPair } from '../stored-certificates.ts';
import type { SecretStore } from '../stores.ts';

/** Where a replica finds the certificate to serve; null: there is none. */
export type ServingSource = { read(): Promise<KeyedCertificate | null> };

/** A Secret of type kubernetes.io/tls: the owner's or cert-manager's. */
export const secretSource = (secret: Pick<SecretStore, 'read'>): ServingSource => ({
  read: async () => servingPair((await secret.read())?.content ?? null),
});

const isNotFound = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

const textOf = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isNotFound(error)) return '';
    throw error;
  }
};

/**
 * `tls.crt` and `tls.key` in a folder, as a mounted Secret has them. The two are not read at one moment: if they
 * are exchanged in between they do not fit, and the next look finds those that do.
 */
export const folderSource = (folder: string): ServingSource => ({
  read: async () =>
    servingPair({
      'tls.crt': await textOf(join(folder, 'tls.crt')),
      'tls.key': await textOf(join(folder, 'tls.key')),
    }),
});
