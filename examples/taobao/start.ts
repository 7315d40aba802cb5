// `npm start`: the demo apps, and Sluice in front of them. `npm start -- [FOLDER] [FLAGS of sluice up]`: a folder
// with a pods.yaml takes the place of this one.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

const [first = '-', ...others] = process.argv.slice(2);
const [folder, flags] = first.startsWith('-') ? [path('.'), process.argv.slice(2)] : [first, others];

const apps = fork(path('./apps.ts'), [join(folder, 'pods.yaml')], {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
});

/** True once every app answers, false if they ended instead (and have said why). */
const appsListen = new Promise<boolean>(resolve => {
  apps.once('message', () => resolve(true));
  apps.once('exit', () => resolve(false));
});

if (await appsListen) {
  const sluice = fork(path('../../src/cli/main.ts'), ['up', '-f', folder, ...flags], {
    stdio: 'inherit',
  });
  // Ctrl-C reaches all three at once. The router drains first, while the apps still answer it.
  process.on('SIGINT', () => {});
  let isStopping = false;
  process.on('SIGTERM', () => {
    isStopping = true;
    sluice.kill('SIGTERM');
  });
  const code = await new Promise<number>(resolve => {
    // A SIGTERM to the whole group reaches it twice, and the second one may meet it when it has all but ended.
    sluice.once('exit', (status, signal) => resolve(signal === 'SIGTERM' ? 0 : (status ?? 1)));
    // Not a second time: that would end the router at once.
    apps.once('exit', () => {
      if (!isStopping) sluice.kill('SIGTERM');
    });
  });
  process.exitCode = code;
  if (apps.connected) apps.disconnect();
} else {
  process.exitCode = 1;
}
