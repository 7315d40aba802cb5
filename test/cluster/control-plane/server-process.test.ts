import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { execPath } from 'node:process';
import test from 'ava';
import { tempFolder } from '../../helpers/temp-folder.ts';
import { eventually } from './eventually.ts';
import { logTail, startServer } from './server-process.ts';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('a server ends with the process that started it, even if that is killed', async t => {
  const folder = await tempFolder(t);
  const module = new URL('./server-process.ts', import.meta.url).href;
  const program = `import { startServer } from '${module}';
    const server = startServer(['sleep', '600'], { folder: '${folder}', logFile: '${folder}/log' });
    console.log(server.pid);
    setInterval(() => undefined, 1000);`;
  const starter = spawn(execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [printed] = (await once(starter.stdout, 'data')) as [Buffer];
  const pid = Number(printed.toString());
  t.true(isAlive(pid));
  starter.kill('SIGKILL');
  await eventually('the server is gone', () => (isAlive(pid) ? null : true));
});

test('a server that cannot be stopped politely is killed', async t => {
  const folder = await tempFolder(t);
  const logFile = join(folder, 'log');
  const stubborn = 'trap "" TERM; echo ready; while :; do sleep 0.1; done';
  const server = startServer(['sh', '-c', stubborn], { folder, logFile });
  await eventually('it runs', () => (logTail(logFile) === 'ready' ? true : null));
  t.false(server.hasExited());
  await server.stop('SIGTERM', 50);
  t.true(server.hasExited());
  t.false(isAlive(server.pid));
});

test('a server that does not exist has ended', async t => {
  const folder = await tempFolder(t);
  const logFile = join(folder, 'log');
  const server = startServer(['/no/such/server'], { folder, logFile });
  await eventually('it has ended', () => (server.hasExited() ? true : null));
  t.regex(logTail(logFile), /no\/such\/server/);
});
