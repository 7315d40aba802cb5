// `npm run cluster:up [-- --version newest|oldest]`: a control plane with Sluice in it for a person, until Ctrl-C.
import { parseArgs } from 'node:util';
import { newBackendNetwork } from './backend-network.ts';
import { binaryFolder } from './cache-folder.ts';
import { answered } from './control-plane/answered.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';
import { startControlPlane } from './control-plane/start-control-plane.ts';
import { installProduct, type Product } from './install-product.ts';
import { openDemoShop } from './product/demo-shop.ts';
import { versionsAskedFor } from './versions-asked-for.ts';

const { values } = parseArgs({ options: { version: { type: 'string', default: 'newest' } } });
const [version = 'newest'] = versionsAskedFor(values.version);
const { promise: interrupted, resolve: interrupt } = Promise.withResolvers<'interrupted'>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt('interrupted'));

const serverVersion = async (plane: ControlPlane): Promise<string> =>
  ((await answered(plane, { method: 'GET', path: '/version' })) as { readonly gitVersion: string })
    .gitVersion;

/** For the product's pods alone: another one of these may run beside it. */
const loopbackAddresses = (): readonly string[] =>
  Array.from({ length: 8 }, (_, at) => `127.${(process.pid >> 8) & 255}.${process.pid & 255}.${at + 1}`);

const started: { product?: Product } = {};

/** Installs Sluice and the demo, and says what a person should know. */
const equip = async (plane: ControlPlane): Promise<void> => {
  console.log(`Kubernetes ${await serverVersion(plane)} at ${plane.url}; its logs are in ${plane.folder}`);
  const network = await newBackendNetwork().catch((cause: Error) => cause);
  const hasPods = !(network instanceof Error);
  const addresses = (hasPods ? network.addresses : loopbackAddresses()).values();
  const nextAddress = (): string => addresses.next().value ?? '';
  started.product = await installProduct(plane, nextAddress);
  const { url } = started.product;
  console.log(`Sluice is in it, for the classes sluice and nginx; its router is ${url}`);
  if (!hasPods)
    console.log(`Pods can have no addresses here, so nothing can be routed to: ${network.message}.`);
  const shop = { url, nextAddress: hasPods ? nextAddress : null };
  const toTry = await openDemoShop(plane, shop);
  console.log('In another terminal:');
  console.log(`export KUBECONFIG=${plane.kubeconfig} PATH=${binaryFolder(version)}:$PATH`);
  for (const line of toTry) console.log(line);
  console.log('Ctrl-C stops it and removes its folder.');
};

const tell = (error: unknown): void => {
  console.error(`cluster:up: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
};

const plane = await startControlPlane(version).catch((error: unknown) => {
  tell(error);
  process.exit();
});
try {
  const outcome = await Promise.race([equip(plane), interrupted]);
  if (outcome !== 'interrupted') {
    // A signal that is only waited for keeps no process alive.
    const alive = setInterval(() => undefined, 60_000);
    await interrupted;
    clearInterval(alive);
  }
} catch (error) {
  tell(error);
} finally {
  // First those who write to the folder.
  await started.product?.stop();
  await plane.stop();
}
// Servers, roles and the network of the pods end with this process.
process.exit();
