// `npm start`, `npm run example -- EXAMPLE [FLAGS of sluice up]`: the pods of an example, and Sluice in front of them.
// EXAMPLE is the name of a folder beside this file, or the path of any folder with a pods.yaml.
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeDemoCertificates } from './demo-certificates.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

const DEFAULT_EXAMPLE = 'taobao';

const hasPods = (folder: string): boolean => existsSync(join(folder, 'pods.yaml'));

const EXAMPLES = readdirSync(path('.'))
  .filter(name => hasPods(path(name)))
  .sort();

type Asked = { readonly folder: string; readonly flags: readonly string[] };

/** What the command line asks for; undefined where there is no such example. */
const asked = (args: readonly string[]): Asked | undefined => {
  const [first = '-', ...others] = args;
  const [example, flags] = first.startsWith('-') ? [DEFAULT_EXAMPLE, args] : [first, others];
  const folder = EXAMPLES.includes(example) ? path(example) : example;
  return hasPods(folder) ? { folder, flags } : undefined;
};

/** Resolves with true once every pod answers, with false if they ended instead (and have said why). */
const havePods = (pods: ChildProcess): Promise<boolean> =>
  new Promise(resolve => {
    pods.once('message', () => resolve(true));
    pods.once('exit', () => resolve(false));
  });

/** Sluice in front of the pods until it ends; resolves with its exit code. */
const route = ({ folder, flags }: Asked, pods: ChildProcess): Promise<number> => {
  const folders = [folder, writeDemoCertificates(folder) ?? []].flat();
  const args = ['up', '-f', ...folders, ...flags];
  const sluice = fork(path('../src/cli/main.ts'), args, { stdio: 'inherit' });
  // Ctrl-C reaches all three at once. The router drains first, while the pods still answer it.
  process.on('SIGINT', () => {});
  let isStopping = false;
  process.on('SIGTERM', () => {
    isStopping = true;
    sluice.kill('SIGTERM');
  });
  return new Promise(resolve => {
    // A SIGTERM to the whole group reaches it twice, and the second one may meet it when it has all but ended.
    sluice.once('exit', (status, signal) => resolve(signal === 'SIGTERM' ? 0 : (status ?? 1)));
    // Not a second time: that would end the router at once.
    pods.once('exit', () => {
      if (!isStopping) sluice.kill('SIGTERM');
    });
  });
};

const main = async (args: readonly string[]): Promise<number> => {
  const wanted = asked(args);
  if (wanted === undefined) {
    const names = EXAMPLES.join(', ');
    process.stderr.write(
      `There is no example ${args[0]}: name one of ${names}, or a folder with a pods.yaml.\n`,
    );
    return 2;
  }
  const pods = fork(path('play-pods.ts'), [join(wanted.folder, 'pods.yaml')], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  if (!(await havePods(pods))) return 1;
  const code = await route(wanted, pods);
  if (pods.connected) pods.disconnect();
  return code;
};

process.exitCode = await main(process.argv.slice(2));
