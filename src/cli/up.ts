import { Primary } from '../../router/primary.ts';
import { type RunningServer, startServer } from '../../router/server.ts';
import { formatReport } from '../core/report.ts';
import type { Translation } from '../core/translate.ts';
import { formatManifestError } from '../standalone/manifest-files.ts';
import { watchManifests } from '../standalone/manifest-watcher.ts';
import { type Reading, StandaloneSource } from '../standalone/standalone-source.ts';
import { type AdmissionFlags, admissionOptions } from './admission-flags.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { exampleRequests, routeTableLines, ticketLines } from './route-table-text.ts';
import { standaloneReports, standaloneTranslation } from './standalone-translation.ts';
import type { Terminal } from './terminal.ts';

export type UpFlags = AdmissionFlags & {
  readonly filename: readonly string[];
  readonly port: number;
  readonly address?: string;
};

/** Requests that still run after Ctrl-C get this long; somebody waits at the terminal. */
const DRAIN_MS = 10_000;

/** Prints each remark once, and again only after it had gone. */
class Remarks {
  readonly #terminal: Terminal;
  #shown: ReadonlySet<string> = new Set();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(lines: readonly string[]): void {
    for (const line of lines) if (!this.#shown.has(line)) this.#terminal.complain(line);
    this.#shown = new Set(lines);
  }
}

const remarksOf = ({ warnings }: Reading, { reports }: Translation): readonly string[] => [
  ...warnings.map(warning => `warning: ${formatManifestError(warning)}`),
  ...standaloneReports(reports).map(report => `note: ${formatReport(report)}`),
];

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

const summary = ({ plan }: Primary): string => {
  const routes = plan.hosts.reduce((sum, host) => sum + host.routes.length, 0);
  return `${plan.hosts.length} hosts, ${routes} routes`;
};

const printStart = (
  primary: Primary,
  port: number,
  { flags, terminal }: { flags: UpFlags; terminal: Terminal },
): void => {
  const { plan } = primary;
  terminal.print(`Sluice serves ${summary(primary)} on http://localhost:${port}`);
  terminal.print('');
  for (const line of [...routeTableLines(plan), ...ticketLines(plan)]) terminal.print(line);
  const examples = exampleRequests(plan, port);
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

/** Listens on the given address, else on all: IPv6 and IPv4 at once, or IPv4 where the machine has no IPv6. */
const listen = async (
  primary: Primary,
  { flags, terminal }: { flags: UpFlags; terminal: Terminal },
): Promise<RunningServer> => {
  const config = {
    routing: primary.table,
    port: flags.port,
    options: { drainTimeoutMs: DRAIN_MS },
    log: (message: string, error?: unknown) =>
      terminal.complain(`router: ${message}${error instanceof Error ? ` (${error.message})` : ''}`),
  };
  if (flags.address !== undefined) return startServer({ ...config, host: flags.address });
  try {
    return await startServer({ ...config, host: '::' });
  } catch (error) {
    if (!isUnsupportedFamily(error)) throw error;
    return startServer({ ...config, host: '0.0.0.0' });
  }
};

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
const stopRequest = (): Promise<NodeJS.Signals> =>
  new Promise(resolve => {
    const stop = (signal: NodeJS.Signals): void => {
      resolve(signal);
      process.on('SIGINT', () => process.exit(EXIT.no));
      process.on('SIGTERM', () => process.exit(EXIT.no));
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  });

/** Reads the files anew, one reading at a time; a change during one asks for one more. */
class Reloader {
  readonly #reload: () => Promise<void>;
  #running = false;
  #again = false;

  constructor(reload: () => Promise<void>) {
    this.#reload = reload;
  }

  async request(): Promise<void> {
    this.#again = true;
    if (this.#running) return;
    this.#running = true;
    while (this.#again) {
      this.#again = false;
      await this.#reload();
    }
    this.#running = false;
  }
}

/** `sluice up -f DIR`: files through admission and controller logic to a router, until it is stopped. */
export const up = async (flags: UpFlags, terminal: Terminal): Promise<ExitCode> => {
  const admission = admissionOptions(flags);
  const source = new StandaloneSource({ paths: flags.filename, admission, now: Date.now });
  const primary = new Primary(standaloneTranslation(admission));
  const remarks = new Remarks(terminal);
  const reloader = new Reloader(async () => {
    const reading = await source.read();
    remarks.show([
      ...reading.errors.map(error => `error: ${formatManifestError(error)}`),
      ...remarksOf(reading, primary.update(source)),
    ]);
    const kept = reading.errors.length > 0 ? '; what was in force in place of the errors above still is' : '';
    terminal.print(
      `${new Date().toISOString()} read ${flags.filename.join(', ')}: ${summary(primary)}${kept}`,
    );
  });
  // Watched before they are read: no change can fall in between; one before the start is taken up after it.
  let ready = false;
  let changed = false;
  const watcher = await watchManifests({
    paths: flags.filename,
    onChange: () => {
      changed = true;
      if (ready) void reloader.request();
    },
  });
  const first = await source.read();
  if (first.errors.length > 0) {
    watcher.close();
    for (const error of first.errors) terminal.complain(`error: ${formatManifestError(error)}`);
    terminal.complain(
      'sluice up: not started; correct the errors above. (Once it runs, an error keeps the last good rules in force.)',
    );
    return EXIT.no;
  }
  remarks.show(remarksOf(first, primary.update(source)));
  let server: RunningServer;
  try {
    server = await listen(primary, { flags, terminal });
  } catch (error) {
    watcher.close();
    terminal.complain(`sluice up: ${listenFailure(error, flags)}`);
    return EXIT.no;
  }
  const stopped = stopRequest();
  printStart(primary, server.port, { flags, terminal });
  ready = true;
  if (changed) await reloader.request();
  await stopped;
  terminal.print('Stopping: no new connections, requests that run are finished.');
  watcher.close();
  await server.close();
  terminal.print('Stopped.');
  return EXIT.fine;
};
