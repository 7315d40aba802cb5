// `npm run test:cluster [-- --version newest|oldest] [files and flags of ava]`: test/cluster against real API servers.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { argv, env, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { missingBinaries } from './cache-folder.ts';
import type { ClusterVersion } from './versions.ts';
import { versionsAskedFor } from './versions-asked-for.ts';

const AVA = fileURLToPath(new URL('./cli.js', import.meta.resolve('ava')));
const CONFIG = 'test/cluster/ava.config.js';

/** `--version V` and `--version=V` are ours, everything else is for ava. */
const withoutVersion = (
  args: readonly string[],
): { readonly asked: string | undefined; readonly rest: readonly string[] } => {
  const at = args.findIndex(arg => /^--version(?:=|$)/.test(arg));
  const [name = '', ...value] = (args[at] ?? '').split('=');
  if (name === '') return { asked: undefined, rest: args };
  const taken = value.length > 0 ? 1 : 2;
  return { asked: value[0] ?? args[at + 1] ?? '', rest: args.toSpliced(at, taken) };
};

const passes = async (version: ClusterVersion, args: readonly string[]): Promise<boolean> => {
  const missing = missingBinaries(version);
  if (missing.length > 0) {
    console.error(
      `test:cluster: ${version} lacks ${missing.join(', ')}: run npm run cluster:install -- --version ${version}`,
    );
    return false;
  }
  // Stdout may be a TAP stream.
  console.error(`test:cluster: ${version}`);
  const ava = spawn(execPath, [AVA, '--config', CONFIG, ...args], {
    stdio: 'inherit',
    env: { ...env, SLUICE_CLUSTER_VERSION: version },
  });
  const [code] = await once(ava, 'exit');
  return code === 0;
};

const { asked, rest } = withoutVersion(argv.slice(2));
const failed: ClusterVersion[] = [];
for (const version of versionsAskedFor(asked)) if (!(await passes(version, rest))) failed.push(version);
if (failed.length > 0) console.error(`test:cluster: failed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
