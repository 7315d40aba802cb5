import { once } from 'node:events';
import { createServer } from 'node:net';
import type { InstalledPod, Role } from './installed-pods.ts';

/** Where the process of a pod listens. */
export type PodPorts = {
  /** Null of a controller, which has an admin port alone. */
  readonly port: number | null;
  readonly adminPort: number;
  /** The URL of its readiness probe. */
  readonly probe: string;
  /** What says so on its command line, behind the manifest's own. */
  readonly args: readonly string[];
};

/** The name of the port that a role is for. */
const SERVED: Readonly<Record<Role, string | null>> = { webhook: 'https', controller: null, router: 'http' };

const listensOn = async (port: number, address: string): Promise<number | null> => {
  const server = createServer().listen(port, address);
  try {
    await once(server, 'listening');
  } catch {
    return null;
  }
  const at = server.address();
  server.close();
  await once(server, 'close');
  return at !== null && typeof at === 'object' ? at.port : null;
};

/** The port of the manifest, or a free one where somebody has that on all addresses of this machine. */
const portOn = async (address: string, wanted: number): Promise<number> => {
  const port = (await listensOn(wanted, address)) ?? (await listensOn(0, address));
  if (port === null) throw new Error(`nothing can listen on ${address}`);
  return port;
};

/** The ports of a pod whose own address this is. Only the webhook's cannot be another: its Service names it. */
export const portsOf = async (
  { metadata, spec }: InstalledPod,
  { role, address }: { readonly role: Role; readonly address: string },
): Promise<PodPorts> => {
  const [container] = spec.containers;
  const shipped = (name: unknown): number => {
    const found = container?.ports?.find(port => port.name === name);
    if (found === undefined) throw new Error(`${metadata.name} has no port ${String(name)}`);
    return found.containerPort;
  };
  const served = SERVED[role];
  const wanted = served === null ? null : shipped(served);
  const port = wanted === null || role === 'webhook' ? wanted : await portOn(address, wanted);
  const probe = container?.readinessProbe?.httpGet;
  const adminPort = await portOn(address, shipped(probe?.port));
  const args = [
    `--admin-address=${address}`,
    `--admin-port=${adminPort}`,
    ...(port === null ? [] : [`--address=${address}`, `--port=${port}`]),
    ...(role === 'router' ? [`--tls-port=${await portOn(address, shipped('https'))}`] : []),
  ];
  return { port, adminPort, probe: `http://${address}:${adminPort}${probe?.path}`, args };
};
