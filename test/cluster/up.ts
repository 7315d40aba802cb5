// `npm run cluster:up [-- --version newest|oldest]`: a control plane for a person, until Ctrl-C.
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { binaryFolder } from './cache-folder.ts';
import { answered } from './control-plane/answered.ts';
import { startControlPlane } from './control-plane/start-control-plane.ts';
import { installProduct } from './install-product.ts';
import { versionsAskedFor } from './versions-asked-for.ts';

const { values } = parseArgs({ options: { version: { type: 'string', default: 'newest' } } });
const [version = 'newest'] = versionsAskedFor(values.version);
const asked = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => asked.abort());

const plane = await startControlPlane(version);
try {
  const { gitVersion } = (await answered(plane, { method: 'GET', path: '/version' })) as {
    readonly gitVersion: string;
  };
  console.log(`Kubernetes ${gitVersion} at ${plane.url}; its logs are in ${plane.folder}`);
  for (const line of await installProduct(plane)) console.log(line);
  console.log(`export KUBECONFIG=${plane.kubeconfig} PATH=${binaryFolder(version)}:$PATH`);
  console.log('Ctrl-C stops it and removes its folder.');
  if (!asked.signal.aborted) {
    // A signal that is only waited for keeps no process alive.
    const alive = setInterval(() => undefined, 60_000);
    await once(asked.signal, 'abort');
    clearInterval(alive);
  }
} finally {
  await plane.stop();
}
