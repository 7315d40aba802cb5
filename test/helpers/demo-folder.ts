import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { ExecutionContext } from 'ava';
import { CHECKOUT } from './run-sluice.ts';
import { tempFolder } from './temp-folder.ts';

const isFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

/**
 * Below the ports that the system gives to outgoing connections, so that the sockets of other tests cannot take
 * one before it is used; apart by process and thread, so that test files that run at once do not try the same.
 */
let nextPort = 10_000 + ((process.pid * 31 + threadId * 499) % 20_000);

const freePort = async (): Promise<number> => {
  for (let tries = 0; tries < 1_000; tries += 1) {
    nextPort += 1;
    const port = nextPort;
    if (await isFree(port)) return port;
  }
  throw new Error(`no port is free before ${nextPort}`);
};

const FILES = ['ingress.yaml', 'services.yaml', 'pods.yaml'];

/** The example's manifests in a folder of the test, its pods on ports that are free. */
export const demoFolder = async (t: ExecutionContext): Promise<string> => {
  const folder = await tempFolder(t);
  for (const name of FILES) {
    const text = await readFile(join(CHECKOUT, 'examples/taobao', name), 'utf8');
    const [first = '', ...rest] = text.split(/(?<=containerPort: )\d+/);
    const parts = await Promise.all(rest.map(async part => `${await freePort()}${part}`));
    await writeFile(join(folder, name), [first, ...parts].join(''));
  }
  return folder;
};
