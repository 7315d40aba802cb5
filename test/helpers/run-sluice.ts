import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';

/** Folder of the checkout, with a slash at its end. */
export const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));

export type Finished = {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type SpawnOptions = {
  /** What it reads from standard input. */
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** In a process group of its own, which is what a terminal sends Ctrl-C to. */
  readonly detached?: boolean;
  readonly uid?: number;
};

/**
 * Of a process that a test starts. Compiled once for all of a test run: a start takes a third of the time. Coverage is
 * taken from the tests' own process; writing it at each of a hundred exits takes longer than the tests.
 */
export const environment = (env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  NODE_COMPILE_CACHE: join(CHECKOUT, 'node_modules/.cache/sluice-tests'),
  NODE_V8_COVERAGE: '',
  ...env,
});

type Waiter = { check(): void };

/** A process that a test started, whose output is awaited by content and which is ended with the test. */
export class TestProcess {
  readonly pid: number;
  readonly finished: Promise<Finished>;
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;
  readonly #detached: boolean;
  #end: Finished | null = null;
  #waiters: Waiter[] = [];

  constructor(child: ChildProcess, detached: boolean) {
    if (child.pid === undefined) throw new Error(`${child.spawnargs.join(' ')} did not start`);
    this.pid = child.pid;
    this.#child = child;
    this.#detached = detached;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#check();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#check();
    });
    this.finished = new Promise(resolve => {
      child.once('close', (code, signal) => {
        this.#end = { code, signal, stdout: this.stdout, stderr: this.stderr };
        this.#check();
        resolve(this.#end);
      });
    });
  }

  /** To the process, or to its whole group where it has one of its own. */
  kill(signal: NodeJS.Signals): void {
    if (this.#end === null) process.kill(this.#detached ? -this.pid : this.pid, signal);
  }

  /** True while any process of its own group is left. */
  get groupIsAlive(): boolean {
    try {
      process.kill(-this.pid, 0);
      return true;
    } catch {
      return false;
    }
  }

  untilStdout(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#until(() => pattern.exec(this.stdout), pattern);
  }

  untilStderr(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#until(() => pattern.exec(this.stderr), pattern);
  }

  /** Ends it at once and waits until it is gone. */
  async end(): Promise<void> {
    if (this.#end === null) {
      try {
        this.kill('SIGKILL');
      } catch {
        // Gone a moment ago.
      }
      this.#child.stdout?.destroy();
      this.#child.stderr?.destroy();
    }
    await this.finished;
  }

  #until(match: () => RegExpExecArray | null, pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        check: () => {
          const found = match();
          if (found === null && this.#end === null) return;
          this.#waiters = this.#waiters.filter(other => other !== waiter);
          if (found !== null) resolve(found);
          else reject(new Error(`ended without ${pattern}: ${this.stdout}\n${this.stderr}`));
        },
      };
      this.#waiters.push(waiter);
      waiter.check();
    });
  }

  #check(): void {
    for (const waiter of [...this.#waiters]) waiter.check();
  }
}

/** Starts a script of the checkout, or any file, with this test's own Node. */
export const startNode = (
  t: ExecutionContext,
  args: readonly string[],
  { input, cwd, env, detached = false, uid }: SpawnOptions = {},
): TestProcess => {
  const child = spawn(process.execPath, args, {
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: environment(env),
    detached,
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid }),
  });
  const started = new TestProcess(child, detached);
  t.teardown(() => started.end());
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  return started;
};

export const SLUICE_MAIN = join(CHECKOUT, 'src/cli/main.ts');

/** All tests of a file start at once; more processes than cores only make each of them slow. */
const MAX_AT_ONCE = 2;
let running = 0;
const waiting: (() => void)[] = [];

/** Runs `sluice ARGS` to its end. */
export const runSluice = async (
  t: ExecutionContext,
  args: readonly string[],
  options?: SpawnOptions,
): Promise<Finished> => {
  if (running >= MAX_AT_ONCE) await new Promise<void>(resolve => waiting.push(resolve));
  running += 1;
  try {
    return await startNode(t, [SLUICE_MAIN, ...args], options).finished;
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
};

export type RunningSluice = { readonly process: TestProcess; readonly port: number };

/** Starts `sluice up` on a free port, without TLS and an admin port unless `args` say so, and waits until it serves. */
export const startUp = async (
  t: ExecutionContext,
  args: readonly string[],
  options?: SpawnOptions,
): Promise<RunningSluice> => {
  const started = startNode(
    t,
    [SLUICE_MAIN, 'up', ...['--port', '0', '--tls-port', 'off', '--admin-port', 'off'], ...args],
    options,
  );
  const [, port] = await started.untilStdout(/^Sluice serves .* on http:\/\/\S+:(\d+)$/m);
  await started.untilStdout(/^Watching /m);
  return { process: started, port: Number(port) };
};

/** What a person never wants to see of a program that was used wrongly. */
export const assertNoStackTrace = (t: ExecutionContext, { stdout, stderr }: Finished): void => {
  for (const text of [stdout, stderr]) {
    t.notRegex(text, /^\s+at /m, text);
    t.notRegex(text, /node:internal|Node\.js v\d|\.ts:\d|internal error/, text);
  }
};
