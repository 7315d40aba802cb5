import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { buildah } from './buildah.ts';
import { writeBuildRoot, writeRuntimeRoot } from './local-base.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

type Flags = { readonly tag: string; readonly base?: string; readonly buildBase?: string };

const say = (line: string): void => {
  process.stderr.write(`image: ${line}\n`);
};

/** Makes an image of a folder's content; returns its name. */
const baseOf = async (name: string, write: (root: string) => void): Promise<string> => {
  const root = mkdtempSync(join(tmpdir(), 'sluice-base-'));
  try {
    write(root);
    const container = (await buildah(['from', 'scratch'])).trim();
    await buildah(['copy', '--quiet', container, `${root}/`, '/']);
    await buildah(['config', '--env', 'PATH=/usr/local/bin:/usr/bin:/bin', container]);
    await buildah(['commit', '--rm', '--quiet', container, name]);
    return name;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
};

/** What npm reads of this machine, read-only, so that the build fetches from where the machine does. */
const npmVolumes = (): readonly string[] => {
  const {
    npm_config_userconfig: user,
    npm_config_globalconfig: global,
    npm_config_cache: cache,
  } = process.env;
  const mounts: readonly (readonly [string | undefined, string])[] = [
    [user, '/root/.npmrc:ro'],
    [global, '/usr/local/etc/npmrc:ro'],
    [cache, '/root/.npm:rw'],
  ];
  return mounts.flatMap(([from, to]) =>
    from !== undefined && existsSync(from) ? ['--volume', `${from}:${to}`] : [],
  );
};

/** The npm that runs this script: `…/npm/bin/npm-cli.js` in its folder. */
const npmFolder = (): string => {
  const program = process.env.npm_execpath;
  if (program === undefined) throw new Error('start it as npm run image');
  return dirname(dirname(realpathSync(program)));
};

const build = async ({ tag, base, buildBase }: Flags): Promise<void> => {
  const startedMs = performance.now();
  const node = process.execPath;
  const bases = {
    BASE: base ?? (await baseOf('localhost/sluice-base', root => writeRuntimeRoot(root, node))),
    BUILD_BASE:
      buildBase ??
      (await baseOf('localhost/sluice-build-base', root => writeBuildRoot(root, node, npmFolder()))),
  };
  say(`building ${tag} on ${bases.BASE}`);
  await buildah(
    [
      'bud',
      ...['--isolation', 'chroot', '--layers=false', '--pull-never', '--tag', tag],
      ...['--ignorefile', join(ROOT, '.dockerignore')],
      ...Object.entries(bases).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
      ...npmVolumes(),
      ROOT,
    ],
    true,
  );
  const { size } = JSON.parse(await buildah(['images', '--json', tag]))[0] as { readonly size: string };
  process.stdout.write(`${tag}: ${size}, built in ${Math.round((performance.now() - startedMs) / 1000)} s\n`);
};

const command = new Command('image')
  .description('Builds the image of all roles with buildah, without an engine.')
  .option('--tag <name>', 'name of the image', 'localhost/sluice:dev')
  .option('--base <image>', 'image with Node 26 that it runs on (default: made of this machine)')
  .option(
    '--build-base <image>',
    'image with Node 26, npm and a shell that it is built in (default: made of this machine)',
  )
  .action(async (flags: Flags) => {
    try {
      await build(flags);
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
      process.exitCode = 1;
    }
  });
await command.parseAsync();
