import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../free-ports.ts';
import {
  BODY_PATHS,
  CHANGING_HOST,
  type Contender,
  ENTRIES,
  isOverTls,
  type Job,
  type LaunchSpec,
  POOL_NAMES,
  type PoolName,
  type ServingFiles,
  TICKET,
  type Track,
} from '../job.ts';
import { relayManifests } from './ours-relay.ts';
import { BUILT_MAIN, nodeFlags } from './sluice-command.ts';

const NAMESPACE = 'bench';
const SECRET = 'serving';

/** Each pool is a Service whose pods of track=edge become its edge; `next` is where the changing host goes. */
const pod = (app: string, track: Track, port: number): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `${app}-${track}`, namespace: NAMESPACE, labels: { app, track } },
  spec: { containers: [{ name: 'app', image: 'bench', ports: [{ name: 'http', containerPort: port }] }] },
  status: {
    phase: 'Running',
    podIP: '127.0.0.1',
    podIPs: [{ ip: '127.0.0.1' }],
    conditions: [{ type: 'Ready', status: 'True' }],
  },
});

const service = (app: string): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: app, namespace: NAMESPACE },
  spec: { selector: { app }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
});

const backend = (name: string): object => ({ service: { name, port: { number: 80 } } });

type IngressDetails = {
  readonly web?: PoolName | 'next';
  readonly tickets?: readonly object[];
  readonly isOverTls?: boolean;
};

const ingress = (
  host: string,
  { web = 'web', tickets = [], isOverTls = false }: IngressDetails = {},
): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    name: host.replaceAll('.', '-'),
    namespace: NAMESPACE,
    annotations: {
      'kubernetes.io/ingress.class': 'sluice',
      'sluice.dev/tickets': JSON.stringify([...tickets, { header: { [TICKET.name]: TICKET.value } }]),
    },
  },
  spec: {
    ...(isOverTls ? { tls: [{ hosts: [host], secretName: SECRET }] } : {}),
    rules: [
      {
        host,
        http: {
          paths: [
            ...BODY_PATHS.map(path => ({ path, pathType: 'Prefix', backend: backend('body') })),
            { path: '/', pathType: 'Prefix', backend: backend(web) },
          ],
        },
      },
    ],
  },
});

const list = (items: readonly object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

/** Pods and Services of the job. */
export const backendManifests = ({ ports }: Job): string =>
  list([
    ...POOL_NAMES.flatMap(pool => [
      service(pool),
      pod(pool, 'stable', ports[pool].stable),
      pod(pool, 'edge', ports[pool].edge),
    ]),
    service('next'),
    pod('next', 'stable', ports.web.edge),
  ]);

/** One Ingress a host, as people have them. */
export const ingressManifests = (
  hosts: readonly string[],
  details: Pick<IngressDetails, 'tickets' | 'isOverTls'> = {},
): string => list(hosts.map(host => ingress(host, details)));

export const changingManifest = (track: Track): string =>
  JSON.stringify(ingress(CHANGING_HOST, { web: track === 'stable' ? 'web' : 'next' }));

/** The Secret that every Ingress names where the load comes over TLS. */
export const secretManifest = ({ certificate, key }: ServingFiles): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: SECRET, namespace: NAMESPACE },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64(certificate), 'tls.key': base64(key) },
  });

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** The port in clear is always there: nobody asks on it where the load comes another way. */
const entryFlags = async ({ entry, port, bodyPort }: LaunchSpec): Promise<readonly string[]> => {
  const noTls = ['--tls-port', 'off'];
  switch (entry) {
    case 'http':
      return ['--port', `${port}`, ...noTls];
    case 'h2c':
      return ['--port', `${port}`, '--h2c', ...noTls];
    case 'https':
    case 'h2':
      return ['--port', `${await freePort()}`, '--tls-port', `${port}`];
    case 'tcp':
      return ['--port', `${await freePort()}`, '--tcp-ports', `${port},${bodyPort}`, ...noTls];
    default:
      return entry satisfies never;
  }
};

/** Ingresses a file: a change to one host reads one small file anew, not all of them. */
const INGRESSES_PER_FILE = 1_000;

export const OURS: Contender = {
  name: 'ours',
  about: '`sluice up` on manifests, one worker',
  entries: ENTRIES,
  version: async () => {
    const manifest = await readFile(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8');
    return (JSON.parse(manifest) as { version: string }).version;
  },
  prepare: async spec => {
    const { folder, job, own, entry } = spec;
    await writeFile(join(folder, 'backends.json'), backendManifests(job));
    if (isOverTls(entry)) await writeFile(join(folder, 'secret.json'), secretManifest(spec.serving));
    if (entry === 'tcp') await writeFile(join(folder, 'relays.json'), relayManifests(NAMESPACE, spec));
    const details = { tickets: own.tickets, isOverTls: isOverTls(entry) };
    for (let start = 0; start < job.hosts.length; start += INGRESSES_PER_FILE) {
      await writeFile(
        join(folder, `ingresses-${start}.json`),
        ingressManifests(job.hosts.slice(start, start + INGRESSES_PER_FILE), details),
      );
    }
    const changeHost = async (track: Track): Promise<void> => {
      await writeFile(join(folder, '.changing'), changingManifest(track));
      await rename(join(folder, '.changing'), join(folder, 'changing.json'));
    };
    await changeHost('stable');
    const adminPort = await freePort();
    const flags = [
      ...(await entryFlags(spec)),
      ...['--address', '127.0.0.1'],
      ...['--workers', '1'],
      ...['--admin-port', `${adminPort}`],
      ...own.flags,
    ];
    return {
      command: [process.execPath, ...nodeFlags(), BUILT_MAIN, 'up', '-f', folder, ...flags],
      changeHost,
      adminPort,
    };
  },
};
