import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Mint, newAuthority } from '../certs/authority.ts';
import { issueServing } from '../certs/issue.ts';
import { newKeyPair } from '../certs/key-pair.ts';
import { DOMAIN, type ServingFiles } from './job.ts';

const DAY_MS = 86_400_000;

/** A certificate for all names of the job, as texts and as the files that the contenders read. */
export const newServingFiles = async (folder: string): Promise<ServingFiles> => {
  const mint: Mint = { nowMs: () => Date.now(), newKeyPair, randomBytes };
  const authority = newAuthority(mint, 30 * DAY_MS);
  const { certificate, key } = issueServing(
    authority,
    { names: [`*.${DOMAIN}`], lifetimeMs: 7 * DAY_MS },
    mint,
  );
  await mkdir(folder, { recursive: true });
  const paths = {
    certificate: join(folder, 'certificate.pem'),
    key: join(folder, 'key.pem'),
    both: join(folder, 'both.pem'),
  };
  await writeFile(paths.certificate, certificate);
  await writeFile(paths.key, key, { mode: 0o600 });
  // HAProxy reads certificate and key from one file.
  await writeFile(paths.both, certificate + key, { mode: 0o600 });
  return { certificate, key, paths };
};
