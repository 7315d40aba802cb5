// `npm run check:licences`: what we ship is under permissive licences, and the lock file names no registry.
import { readFileSync } from 'node:fs';
import { licenceReport } from './helpers/licence-check.ts';

const lock: unknown = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const { packages, offenders } = licenceReport(lock);
if (offenders.length > 0) {
  process.stderr.write(`${offenders.join('\n')}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`${packages.length} packages, all permissive\n`);
}
