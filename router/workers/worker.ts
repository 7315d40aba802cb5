// One worker: a table, an engine, and nothing that watches or compiles. Forked by workers.ts, led by messages.
import type { Server } from 'node:net';
import { Counters } from '../counters.ts';
import { RouteTable } from '../routing/table.ts';
import { type RunningServer, startServer } from '../server.ts';
import { SecureContexts } from '../tls/secure-contexts.ts';
import { SessionTickets } from '../tls/session-tickets.ts';
import { offeredProtocols } from '../tls/termination.ts';
import type { FromWorker, RefusedPort, ToWorker } from './worker-messages.ts';

/** How often the primary hears. Metrics are scraped every 15 s or so; a crash loses at most this much of them. */
const REPORT_EVERY_MS = 1_000;

/** For so long each worker may let pass what a limit lets pass (ADR 0022). */
const SHARE_EVERY_MS = 100;

const counters = new Counters();
let server: RunningServer | null = null;
/** For the order to listen that comes next, by port. */
let handles = new Map<number, Server[]>();
/** One order after the other. */
let listening: Promise<void> = Promise.resolve();
/** Null: everything is in clear. */
let secure: { readonly contexts: SecureContexts; readonly tickets: SessionTickets } | null = null;
let isStopping = false;

const tell = (message: FromWorker): void => {
  // A primary that is gone needs no news; 'disconnect' ends this process.
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
};

type Listen = Extract<ToWorker, { readonly kind: 'listen' }>;

const log = (message: string, error?: unknown): void => {
  const detail = error instanceof Error ? ` (${error.stack ?? error.message})` : '';
  tell({ kind: 'log', message: `${message}${detail}` });
};

const report = (): void => {
  const { user, system } = process.cpuUsage();
  tell({
    kind: 'report',
    report: {
      counters: counters.snapshot(),
      open: server?.openConnections() ?? { clients: 0, upstreams: 0 },
      cpuSeconds: (user + system) / 1e6,
      residentBytes: process.memoryUsage.rss(),
    },
  });
};

const table = new RouteTable(log);

const reporting = setInterval(report, REPORT_EVERY_MS);

const sharing = setInterval(() => {
  const use = table.limits.takeUse();
  if (use !== null) tell({ kind: 'limits', use });
}, SHARE_EVERY_MS);

const stop = async (idleMs: number): Promise<void> => {
  if (isStopping) return;
  isStopping = true;
  // A port that is just being taken would stay open behind the stop.
  await listening.catch(() => undefined);
  const closed = server?.close({ idleMs });
  tell({ kind: 'closed' });
  await closed;
  clearInterval(reporting);
  clearInterval(sharing);
  report();
  // What still waits in the channel is sent before the process ends by itself.
  if (process.connected) process.disconnect?.();
};

const listen = async ({ version, ports, options }: Listen, given: typeof handles): Promise<void> => {
  if (isStopping) return;
  server ??= await startServer({
    routing: table,
    tcp: table.tcp,
    listeners: [],
    contexts: secure?.contexts ?? null,
    options,
    counters,
    log,
  });
  const { listeners } = server;
  for (const open of listeners.ports) if (!ports.some(({ port }) => port === open)) listeners.close(open);
  const refused: RefusedPort[] = [];
  for (const { kind, port } of ports) {
    if (isStopping || listeners.ports.includes(port)) continue;
    try {
      await listeners.take({ kind, port, handles: given.get(port) ?? [] });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      refused.push({ port, code: String(error.code) });
    }
  }
  tell({ kind: 'listening', version, refused });
};

const listenNext = (message: Listen): Promise<void> => {
  const given = handles;
  handles = new Map();
  listening = listening.then(() => listen(message, given));
  return listening;
};

const keepHandle = (port: number, handle: unknown): void => {
  const known = handles.get(port) ?? [];
  handles.set(port, known);
  known.push(handle as Server);
};

const receive = async (message: ToWorker, handle: unknown): Promise<void> => {
  switch (message.kind) {
    case 'socket':
      keepHandle(message.port, handle);
      break;
    case 'listen':
      await listenNext(message);
      break;
    case 'tls': {
      const { tickets: keys, ...settings } = message.settings;
      const tickets = new SessionTickets(keys, log);
      const protocols = offeredProtocols(message.http2);
      secure = { tickets, contexts: new SecureContexts({ ...settings, tickets, protocols, log }) };
      break;
    }
    case 'tickets':
      secure?.tickets.change(message.keys);
      break;
    case 'delta':
      // First those that hosts of this change name.
      secure?.contexts.apply(message.delta.certificates);
      table.apply(message.delta);
      tell({ kind: 'applied', version: message.version });
      break;
    case 'limits':
      table.limits.hear(message.worker, message.use, Date.now());
      break;
    default:
      await stop(message.idleMs);
  }
};

process.on('message', (message: ToWorker, handle: unknown) => {
  receive(message, handle).catch((error: unknown) => {
    // A worker that could not take a message no longer serves what the primary thinks: a fresh one will.
    log('a bug in a worker', error);
    process.exitCode = 1;
    void stop(0);
  });
});
// The primary is gone, whatever the reason: finish what runs and make room for its successor.
process.on('disconnect', () => void stop(0));
// Ctrl-C reaches the whole process group, and an init system may signal it; the primary decides about workers.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

process.on('uncaughtException', error => {
  log('a bug ends this worker', error);
  // Not through the channel's queue alone: nobody knows what still works in here.
  process.exitCode = 1;
  setTimeout(() => process.exit(1), 100);
});

tell({ kind: 'started' });
