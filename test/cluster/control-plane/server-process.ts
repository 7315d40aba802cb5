import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { env } from 'node:process';

/** A started server of the control plane; what it prints goes to its log file. */
export type ServerProcess = {
  readonly name: string;
  readonly logFile: string;
  readonly pid: number;
  readonly hasExited: () => boolean;
  /** Null while it runs, where a signal ended it, and where it could not be started. */
  readonly exitCode: () => number | null;
  /** Sends the signal, waits for the end, and kills after `graceMs`. */
  readonly stop: (signal?: NodeJS.Signals, graceMs?: number) => Promise<void>;
};

const LOG_TAIL = 2_000;

export const logTail = (logFile: string): string => readFileSync(logFile, 'utf8').slice(-LOG_TAIL).trim();

/**
 * Starts a server that cannot outlive this process, not even by a `kill -9`: `setpriv` asks the kernel to kill
 * it when its parent dies (prctl(2), PR_SET_PDEATHSIG), then becomes the server.
 */
export const startServer = (
  command: readonly [string, ...string[]],
  options: {
    readonly folder: string;
    readonly logFile: string;
    /** Added to this process's own environment. */
    readonly env?: Readonly<Record<string, string>>;
    /** Whose process gets the signals, where the command only keeps another one. @default its own */
    readonly signalled?: (pid: number) => number;
  },
): ServerProcess => {
  const name = basename(command[0]);
  const log = openSync(options.logFile, 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], {
    cwd: options.folder,
    env: { ...env, ...options.env },
    stdio: ['ignore', log, log],
    // Its own group: Ctrl-C reaches only this process, which then stops the servers in order.
    detached: true,
  });
  closeSync(log);
  let isGone = false;
  const gone = new Promise<void>(resolve => {
    const end = (): void => {
      isGone = true;
      resolve();
    };
    child.once('exit', end);
    child.once('error', end);
  });
  // The event loop of a test ends when the test does, whether or not somebody forgot to stop a server.
  child.unref();
  return {
    name,
    logFile: options.logFile,
    pid: child.pid ?? -1,
    hasExited: () => isGone,
    exitCode: () => child.exitCode,
    stop: async (signal = 'SIGTERM', graceMs = 10_000) => {
      if (isGone) return;
      child.ref();
      if (child.pid !== undefined) process.kill(options.signalled?.(child.pid) ?? child.pid, signal);
      const killing = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await gone;
      clearTimeout(killing);
    },
  };
};
