import { join, relative } from 'node:path';
import type { ExecutionContext } from 'ava';
import { demoFolder } from './demo-folder.ts';
import { CHECKOUT, startNode, type TestProcess } from './run-sluice.ts';

export const EXAMPLE_START = join(CHECKOUT, 'examples/start.ts');

/** Of the router's own ports, any that are free. */
export const ANY_PORTS = ['--port', '0', '--tls-port', '0', '--admin-port', '0'];

export type RunningExample = {
  readonly process: TestProcess;
  readonly folder: string;
  /** The port that was given in the place of one that the documents show. */
  portOf(shown: number): number;
  /** A file below the copy, by its path in the checkout. */
  fileOf(shown: string): string;
  /** Everything that was printed, as the documents show it. */
  readonly output: string;
};

/** What the documents show. */
const SHOWN = { http: 29_080, https: 29_443, admin: 29_090 } as const;

const URLS = {
  http: /(?<=^Sluice serves .* on http:\/\/\S+:)\d+$/m,
  https: /(?<=^HTTPS is on https:\/\/\S+:)\d+$/m,
  admin: /(?<=^Health and metrics are on http:\/\/\S+:)\d+$/m,
} as const;

/** `npm run example -- EXAMPLE` on a copy of it and on free ports, as the one process group that a terminal sees. */
export const startExample = async (
  t: ExecutionContext,
  example: string,
  flags: readonly string[] = [],
): Promise<RunningExample> => {
  const { path, tcpPorts } = await demoFolder(t, example);
  const started = startNode(t, [EXAMPLE_START, path, ...ANY_PORTS, ...flags], { detached: true });
  await started.untilStdout(/^Watching /m);
  const given = new Map(tcpPorts);
  for (const name of ['http', 'https', 'admin'] as const) {
    const port = URLS[name].exec(started.stdout)?.[0];
    if (port !== undefined) given.set(SHOWN[name], Number(port));
  }
  return {
    process: started,
    folder: path,
    portOf: shown => {
      const port = given.get(shown);
      if (port === undefined) throw new Error(`${example} has no port ${shown}`);
      return port;
    },
    fileOf: shown => join(path, relative(join('examples', example), shown)),
    get output() {
      return [...given].reduce(
        (text, [shown, port]) => text.replace(new RegExp(`\\b${port}\\b`, 'g'), `${shown}`),
        started.stderr + started.stdout,
      );
    },
  };
};
