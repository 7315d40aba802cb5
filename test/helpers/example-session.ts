import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { tempFolder } from './temp-folder.ts';

const path = (relative: string): string => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

/** The ports that the documents show. */
const SHOWN_PORT = 29_080;
const SHOWN_ADMIN_PORT = 29_090;

/** What `npm start` starts, on ports that the system chooses. */
export type ExampleSession = {
  /** What a person reads in the terminal, with the documents' port in it. */
  readonly output: string;
  /** The answer to `curl ARGS`, as curl prints it. */
  curl(args: readonly string[]): Promise<string>;
};

const startApps = async (t: ExecutionContext, pods: string): Promise<void> => {
  const apps = fork(path('examples/taobao/apps.ts'), [pods], {
    execArgv: [],
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  t.teardown(() => apps.kill('SIGKILL'));
  const [message] = (await once(apps, 'message')) as [{ listening: readonly { port: number }[] }];
  const ports = message.listening.map(({ port }) => port);
  const text = await readFile(pods, 'utf8');
  // The apps tell their ports in the order of the file.
  await writeFile(
    pods,
    text.replace(/containerPort: \d+/g, () => `containerPort: ${ports.shift()}`),
  );
};

const printedBy = (child: ChildProcess): Promise<{ readonly stdout: string; readonly stderr: string }> =>
  new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stderr?.on('data', chunk => {
      stderr += chunk;
    });
    child.stdout?.on('data', chunk => {
      stdout += chunk;
      if (stdout.includes('Ctrl-C stops.')) resolve({ stdout, stderr });
    });
    child.once('close', code => reject(new Error(`sluice up ended with ${code}: ${stdout}${stderr}`)));
  });

const headersOf = (args: readonly string[]): Record<string, string> => {
  const headers: Record<string, string> = {};
  args.forEach((arg, at) => {
    const value = args[at + 1] ?? '';
    if (arg === '-b') headers.Cookie = value;
    if (arg !== '-H') return;
    const colon = value.indexOf(':');
    headers[value.slice(0, colon)] = value.slice(colon + 1).trim();
  });
  return headers;
};

const curl = async (args: readonly string[], port: number): Promise<string> => {
  const url = new URL(args.at(-1) ?? '');
  if (Number(url.port) !== SHOWN_PORT) throw new Error(`the documents route on port ${SHOWN_PORT}: ${url}`);
  const sent = request({
    host: '127.0.0.1',
    port,
    path: url.pathname + url.search,
    headers: headersOf(args),
    agent: false,
  });
  sent.end();
  const [answer] = await once(sent, 'response');
  let body = '';
  for await (const chunk of answer) body += chunk;
  return body;
};

/** Starts a copy of `examples/taobao` as `npm start` does; it ends with the test. */
export const startExample = async (t: ExecutionContext): Promise<ExampleSession> => {
  const folder = join(await tempFolder(t), 'examples', 'taobao');
  await mkdir(folder, { recursive: true });
  for (const name of ['ingress.yaml', 'services.yaml', 'pods.yaml'])
    await cp(path(`examples/taobao/${name}`), join(folder, name));
  const pods = join(folder, 'pods.yaml');
  const text = await readFile(pods, 'utf8');
  await writeFile(pods, text.replace(/containerPort: \d+/g, 'containerPort: 0'));
  await startApps(t, pods);
  const flags = ['--port', '0', '--address', '127.0.0.1', '--tls-port', '0', '--admin-port', '0'];
  const args = [path('src/cli/main.ts'), 'up', '-f', folder, ...flags];
  const sluice = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(async () => {
    sluice.kill('SIGKILL');
    if (sluice.exitCode === null) await once(sluice, 'close');
  });
  const { stdout, stderr } = await printedBy(sluice);
  const [url = '', port] = /http:\/\/127\.0\.0\.1:(\d+)/.exec(stdout) ?? [];
  return {
    output: (stderr + stdout)
      .replaceAll(url, `http://localhost:${SHOWN_PORT}`)
      .replace(/(?<=Health and metrics are on \S+:)\d+/, `${SHOWN_ADMIN_PORT}`),
    curl: words => curl(words, Number(port)),
  };
};
