import { setTimeout } from 'node:timers/promises';
import { Workers } from '../../router/workers/workers.ts';
import type { AdminServer } from '../admin/admin-server.ts';
import { watchManifests } from '../standalone/manifest-watcher.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { FollowedFiles, type FollowFlags, summary } from './followed-files.ts';
import { gracefulStop } from './graceful-stop.ts';
import { bindListeners, listenersFailure, listenFailure, type WantedPort } from './listening-port.ts';
import { openFilesWarning, ownOpenFileLimit } from './open-files.ts';
import { exampleRequests, routeTableLines, ticketLines } from './route-table-text.ts';
import { engineOptionsOf, type RouterFlags, routerListeners } from './router-flags.ts';
import { routerLogLine } from './router-log.ts';
import { stopRequest } from './stop-signals.ts';
import { plannedBinder } from './tcp-listeners.ts';
import type { Terminal } from './terminal.ts';
import { sessionKeys, tlsStart } from './tls-start.ts';

export type UpFlags = FollowFlags &
  RouterFlags & {
    readonly port: number;
    readonly address?: string;
    readonly workers: number;
  };

/** Nobody but this machine has business with what runs at a terminal. */
const ADMIN_HOST = '127.0.0.1';

/** What the parts of a running `sluice up` share. */
type Run = {
  readonly flags: UpFlags;
  readonly terminal: Terminal;
  readonly workers: Workers;
  readonly files: FollowedFiles;
  hasPlan: boolean;
  isStopping: boolean;
};

/** Where a person on this machine reaches it. */
const reachedAt = (scheme: 'http' | 'https', port: number, { address }: UpFlags): string => {
  const isAll = address === undefined || address === '::' || address === '0.0.0.0';
  const host = isAll ? 'localhost' : address.includes(':') ? `[${address}]` : address;
  return `${scheme}://${host}:${port}`;
};

type Ports = { readonly http: number; readonly https: number | undefined };

const printStart = ({ flags, terminal, files }: Run, ports: Ports, admin: AdminServer | null): void => {
  const { plan } = files.primary;
  const url = reachedAt('http', ports.http, flags);
  terminal.print(`Sluice serves ${summary(files.primary)} on ${url}`);
  if (ports.https !== undefined) terminal.print(`HTTPS is on ${reachedAt('https', ports.https, flags)}`);
  if (admin !== null) terminal.print(`Health and metrics are on http://${ADMIN_HOST}:${admin.port}`);
  if (plan.hosts.length + plan.tcp.length > 0) {
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

/** The result of `start`; null, and a line in the terminal, where the port cannot be had. */
const listening = async <T>(
  { terminal }: Run,
  wanted: WantedPort,
  start: () => Promise<T>,
): Promise<T | null> => {
  try {
    return await start();
  } catch (error) {
    terminal.complain(`sluice up: ${listenFailure(error, wanted)}`);
    return null;
  }
};

/** Null, and a line in the terminal, where one of the ports cannot be had. */
const startWorkers = async ({ flags, terminal, workers }: Run): Promise<Ports | null> => {
  const wanted = routerListeners(flags);
  try {
    const listeners = bindListeners(wanted);
    await workers.start(listeners);
    const [http = 0, https] = listeners.map(({ handle }) => handle.port);
    return { http, https };
  } catch (error) {
    terminal.complain(`sluice up: ${listenersFailure(error, wanted)}`);
    return null;
  }
};

type Following = {
  /** Takes up changes from now on, and one that came before. */
  begin(): Promise<void>;
  /** May be said twice. */
  stop(): void;
};

/** Watches the files; done before they are read, no change can fall in between. */
const follow = async ({ flags, files }: Run): Promise<Following> => {
  let hasBegun = false;
  let hasChanged = false;
  const watcher = await watchManifests({
    paths: flags.filename,
    onChange: () => {
      hasChanged = true;
      if (hasBegun) void files.readAgain();
    },
  });
  return {
    begin: async () => {
      hasBegun = true;
      if (hasChanged) await files.readAgain();
    },
    stop: () => {
      watcher.close();
      files.close();
    },
  };
};

/** Routes what the files say until it is stopped. */
const route = async (run: Run, following: Following, admin: AdminServer | null): Promise<ExitCode> => {
  const { flags, terminal, workers, files } = run;
  // Before anything takes time: the first process of a container gets no signal that it does not ask for.
  const stopped = stopRequest(() => {
    workers.kill();
    process.exit(EXIT.no);
  });
  const isFine = await Promise.race([files.readFirst(), stopped.then(() => null)]);
  if (isFine === null) return EXIT.fine;
  if (!isFine) {
    terminal.complain(
      'sluice up: not started; correct the errors above. (Once it runs, an error keeps the last good rules in force.)',
    );
    return EXIT.no;
  }
  run.hasPlan = true;
  const ports = await startWorkers(run);
  if (ports === null) return EXIT.no;
  printStart(run, ports, admin);
  await following.begin();
  await stopped;
  await gracefulStop({
    workers,
    drainWaitMs: flags.drainWait,
    leave: () => {
      run.isStopping = true;
    },
    stopFollowing: () => following.stop(),
    wait: setTimeout,
    say: line => terminal.print(line),
  });
  return EXIT.fine;
};

/** Whatever becomes of it, nothing is left that keeps this process alive. */
const routeFollowing = async (run: Run, admin: AdminServer | null): Promise<ExitCode> => {
  let following: Following | null = null;
  try {
    following = await follow(run);
    return await route(run, following, admin);
  } finally {
    following?.stop();
    await admin?.close();
  }
};

/** `sluice up -f DIR`: files through admission and controller logic to a router, until it is stopped. */
export const up = async (flags: UpFlags, terminal: Terminal): Promise<ExitCode> => {
  const warning = openFilesWarning(ownOpenFileLimit(), flags.maxConnections);
  if (warning !== null) terminal.complain(warning);
  const log = (message: string, error?: unknown): void => terminal.complain(routerLogLine(message, error));
  const tls = tlsStart(flags);
  const workers = new Workers({
    count: flags.workers,
    engine: engineOptionsOf(flags),
    tls: tls?.settings ?? null,
    bindPlanned: plannedBinder({ address: flags.address }),
    log,
    now: () => performance.now(),
  });
  if (tls !== null) sessionKeys(tls, { workers, shared: null, say: log }).start();
  const files = new FollowedFiles(flags, workers, terminal);
  const run: Run = { flags, terminal, workers, files, hasPlan: false, isStopping: false };
  if (flags.adminPort === 'off') return routeFollowing(run, null);
  // Loaded where it is wanted: other commands, and whoever does without, need not wait for it.
  const { startRouterAdmin } = await import('./router-admin.ts');
  const wanted = { port: flags.adminPort, address: ADMIN_HOST, flag: '--admin-port' };
  const router = {
    workers,
    plan: () => (run.hasPlan ? files.primary.plan : undefined),
    isStopping: () => run.isStopping,
  };
  const admin = await listening(run, wanted, () =>
    startRouterAdmin(router, { title: 'sluice up', host: ADMIN_HOST, port: wanted.port, log }),
  );
  return admin === null ? EXIT.no : routeFollowing(run, admin);
};
