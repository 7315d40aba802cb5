import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { env } from 'node:process';

export type Command = {
  readonly command: readonly [string, ...string[]];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** What it prints is appended here. */
  readonly logFile: string;
};

const SHOWN_LINES = 15;

const tailOf = (logFile: string): string =>
  readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');

/**
 * Runs a command to its end, it and all that it starts within `timeoutMs`; rejects with how it ended and its last
 * lines. Ends with this process when that is interrupted.
 */
export const runCommand = async ({
  command,
  cwd,
  env: extra,
  timeoutMs,
  logFile,
}: Command): Promise<void> => {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  const [program, ...args] = command;
  const child = spawn(program, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...env, ...extra },
    stdio: ['ignore', log, log],
    // Its own group, so that a compiler's children end with it.
    detached: true,
  });
  closeSync(log);
  const killGroup = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Gone in the meantime, which is what was wanted.
    }
  };
  const interrupt = (): never => {
    killGroup();
    process.exit(130);
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    killGroup();
  }, timeoutMs);
  const ending = await new Promise<string>(resolve => {
    child.once('error', error => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? '' : `it ended with ${code ?? signal}`));
  });
  clearTimeout(timer);
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  if (ending === '') return;
  const how = isLate ? `it took more than ${Math.round(timeoutMs / 60_000)} minutes` : ending;
  throw new Error(`${command.join(' ').slice(0, 200)}\n${how}; the end of ${logFile}:\n${tailOf(logFile)}`);
};
