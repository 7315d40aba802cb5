// `npm run cluster:install [-- --version newest|oldest]`: the binaries of both control planes, into the cache folder.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { binaryFolder, CACHE_FOLDER, missingBinaries, versionFolder } from '../cache-folder.ts';
import type { ClusterVersion } from '../versions.ts';
import { versionsAskedFor } from '../versions-asked-for.ts';
import { withLock } from './installation-lock.ts';
import { newestSteps } from './newest.ts';
import { oldestSteps } from './oldest.ts';
import { runSteps, type Step } from './steps.ts';

const print = (line: string): void => console.log(line);

const STEPS: Readonly<Record<ClusterVersion, () => readonly Step[]>> = {
  newest: newestSteps,
  oldest: oldestSteps,
};

const install = async (version: ClusterVersion): Promise<boolean> => {
  const folder = binaryFolder(version);
  if (!folder.startsWith(CACHE_FOLDER)) {
    const missing = missingBinaries(version);
    print(`${version}: KUBEBUILDER_ASSETS says ${folder}; missing there: ${missing.join(', ') || 'nothing'}`);
    return missing.length === 0;
  }
  const startedMs = performance.now();
  let isComplete = false;
  const other = await withLock(join(versionFolder(version), 'lock'), async () => {
    isComplete = await runSteps(version, STEPS[version](), print);
  });
  if (other !== null) print(`${version}: process ${other} is installing it already: wait until it has ended`);
  const minutes = ((performance.now() - startedMs) / 60_000).toFixed(1);
  print(`${version}: ${isComplete ? `is in ${folder}` : 'NOT installed'}, ${minutes} minutes`);
  return isComplete;
};

const { values } = parseArgs({ options: { version: { type: 'string' } } });
const failed: ClusterVersion[] = [];
for (const version of versionsAskedFor(values.version)) if (!(await install(version))) failed.push(version);
if (existsSync(CACHE_FOLDER))
  print(
    `${CACHE_FOLDER} takes ${execFileSync('du', ['-sh', CACHE_FOLDER], { encoding: 'utf8' }).split('\t')[0]}`,
  );
if (failed.length > 0) console.error(`cluster:install: not installed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
