import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contender } from '../job.ts';
import { packageVersion } from './program-version.ts';
import { portablePath } from './sluice-command.ts';

const nodePeer = (name: string, packageName: string, script: string): Contender => ({
  name,
  about: `${packageName} of npm, one process`,
  entries: ['http'],
  version: () => packageVersion(packageName),
  prepare: async ({ folder, port, job }) => {
    const file = join(folder, 'job.json');
    await writeFile(file, JSON.stringify(job));
    return { command: [process.execPath, portablePath(script), file, `${port}`], changeHost: null };
  },
});

export const HTTP_PROXY_3 = nodePeer('http-proxy-3', 'http-proxy-3', '../peers/http-proxy-3.ts');
export const FASTIFY_HTTP_PROXY = nodePeer(
  'fastify-http-proxy',
  '@fastify/http-proxy',
  '../peers/fastify-http-proxy.ts',
);
