import { bindListener, type ListeningHandle } from '../../router/workers/listening-handle.ts';
import type { Primary } from '../../router/workers/primary.ts';
import { Workers } from '../../router/workers/workers.ts';
import { watchManifests } from '../standalone/manifest-watcher.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { FollowedFiles, type FollowFlags, summary } from './followed-files.ts';
import { exampleRequests, routeTableLines, ticketLines } from './route-table-text.ts';
import { engineOptionsOf, type RouterFlags } from './router-flags.ts';
import { routerLogLine } from './router-log.ts';
import type { Terminal } from './terminal.ts';

export type UpFlags = FollowFlags &
  RouterFlags & {
    readonly port: number;
    readonly address?: string;
    readonly workers: number;
  };

/** Requests that still run after Ctrl-C get this long; somebody waits at the terminal. */
const DRAIN_MS = 10_000;

const listenFailure = (error: unknown, { port, address }: UpFlags): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const where = address === undefined ? `port ${port}` : `port ${port} of ${address}`;
  switch (code) {
    case 'EADDRINUSE':
      return `${where} is in use; end the process that holds it, or choose another with --port.`;
    case 'EACCES':
      return `this user may not listen on ${where}; choose one above 1023 with --port.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EINVAL':
      return `${address} is no address of this machine; leave --address out to listen on all.`;
    default:
      throw error;
  }
};

/** Where a person on this machine reaches it. */
const reachedAt = (port: number, { address }: UpFlags): string => {
  const isAll = address === undefined || address === '::' || address === '0.0.0.0';
  const host = isAll ? 'localhost' : address.includes(':') ? `[${address}]` : address;
  return `http://${host}:${port}`;
};

const printStart = (
  primary: Primary,
  port: number,
  { flags, terminal }: { flags: UpFlags; terminal: Terminal },
): void => {
  const { plan } = primary;
  const url = reachedAt(port, flags);
  terminal.print(`Sluice serves ${summary(primary)} on ${url}`);
  if (plan.hosts.length > 0) {
    terminal.print('');
    for (const line of [...routeTableLines(plan), ...ticketLines(plan)]) terminal.print(line);
  }
  const examples = exampleRequests(plan, url);
  if (examples.length > 0) {
    terminal.print('');
    for (const line of examples) terminal.print(line);
  }
  terminal.print('');
  terminal.print(`Watching ${flags.filename.join(', ')}: a saved change is live at once. Ctrl-C stops.`);
};

const isUnsupportedFamily = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL');

/** Binds the given address, else all: IPv6 and IPv4 at once, or IPv4 where the machine has no IPv6. */
const bind = ({ port, address }: UpFlags): ListeningHandle => {
  if (address !== undefined) return bindListener(port, address);
  try {
    return bindListener(port, '::');
  } catch (error) {
    if (!isUnsupportedFamily(error)) throw error;
    return bindListener(port, '0.0.0.0');
  }
};

/**
 * Resolves at the first SIGINT or SIGTERM; Ctrl-C after that ends the process at once. A repeated SIGTERM does
 * not: a service manager sends it to a whole process group, and a parent in there passes it on.
 */
const stopRequest = (onImpatience: () => void): Promise<void> =>
  new Promise(resolve => {
    let stopping = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (stopping && signal === 'SIGINT') onImpatience();
      stopping = true;
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });

/** `sluice up -f DIR`: files through admission and controller logic to a router, until it is stopped. */
export const up = async (flags: UpFlags, terminal: Terminal): Promise<ExitCode> => {
  const workers = new Workers({
    count: flags.workers,
    engine: { ...engineOptionsOf(flags), drainTimeoutMs: DRAIN_MS },
    log: (message, error) => terminal.complain(routerLogLine(message, error)),
    now: () => performance.now(),
  });
  const files = new FollowedFiles(flags, workers, terminal);
  // Watched before they are read: no change can fall in between; one before the start is taken up after it.
  let ready = false;
  let changed = false;
  const watcher = await watchManifests({
    paths: flags.filename,
    onChange: () => {
      changed = true;
      if (ready) void files.readAgain();
    },
  });
  if (!(await files.readFirst())) {
    watcher.close();
    terminal.complain(
      'sluice up: not started; correct the errors above. (Once it runs, an error keeps the last good rules in force.)',
    );
    return EXIT.no;
  }
  let listener: ListeningHandle;
  try {
    listener = bind(flags);
    await workers.start(listener);
  } catch (error) {
    watcher.close();
    terminal.complain(`sluice up: ${listenFailure(error, flags)}`);
    return EXIT.no;
  }
  const stopped = stopRequest(() => {
    workers.kill();
    process.exit(EXIT.no);
  });
  printStart(files.primary, listener.port, { flags, terminal });
  ready = true;
  if (changed) await files.readAgain();
  await stopped;
  watcher.close();
  files.close();
  await workers.stop();
  terminal.print('Stopping: no new connections, requests that run are finished.');
  await workers.gone();
  terminal.print('Stopped.');
  return EXIT.fine;
};
