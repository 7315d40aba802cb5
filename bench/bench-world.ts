import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask } from './ask.ts';
import { Children } from './children.ts';
import { portablePath } from './contenders/sluice-command.ts';
import { freePort } from './free-ports.ts';
import type { Job, ServingFiles } from './job.ts';
import { prepareNginxOrigin } from './origin/nginx-origin.ts';
import { newServingFiles } from './serving-files.ts';

/** The proxy has one core, load generator and origins share the other. */
export const PROXY_CORE = 0;
export const LOAD_CORE = 1;

const START_MS = 10_000;

/** What a whole run shares: processes, a folder, the origins. */
export class BenchWorld {
  readonly children = new Children();
  readonly folder: string;
  readonly ports: Job['ports'];
  readonly serving: ServingFiles;

  private constructor(folder: string, ports: Job['ports'], serving: ServingFiles) {
    this.folder = folder;
    this.ports = ports;
    this.serving = serving;
  }

  /** Starts the origins. */
  static async start(): Promise<BenchWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
    const pair = async () => ({ stable: await freePort(), edge: await freePort() });
    const ports = { web: await pair(), body: await pair() };
    const world = new BenchWorld(folder, ports, await newServingFiles(join(folder, 'tls')));
    try {
      await world.#startOrigins();
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  async newFolder(name: string): Promise<string> {
    const folder = join(this.folder, name);
    await mkdir(folder, { recursive: true });
    return folder;
  }

  async stop(): Promise<void> {
    await this.children.stopAll();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #startOrigins(): Promise<void> {
    const { web, body } = this.ports;
    const nginx = await prepareNginxOrigin(web, join(this.folder, 'origin'));
    const started = [
      this.children.start(LOAD_CORE, nginx),
      this.children.start(LOAD_CORE, [
        process.execPath,
        portablePath('../origin/body-origin.ts'),
        `${body.stable}`,
        `${body.edge}`,
      ]),
    ];
    for (const port of [web.stable, web.edge, body.stable, body.edge]) {
      const endMs = performance.now() + START_MS;
      while (!(await ask(port, { host: 'origin', path: '/' })).startsWith('HTTP/1.1 200')) {
        if (performance.now() < endMs) continue;
        throw new Error(`the origins do not answer: ${started.map(child => child.output()).join(' ')}`);
      }
    }
  }
}
