import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { NODE_PEERS_FOLDER } from '../cache-folder.ts';
import { BODY_PATHS, CHANGING_HOST, type Job, POOL_NAMES, type PoolName, TICKET } from '../job.ts';

/** Loads a peer's package from the folder of the peers, not from the product's. */
export const requirePeer = createRequire(join(NODE_PEERS_FOLDER, 'package.json'));

const [file = '', portText = ''] = process.argv.slice(2);

export const port = Number(portText);

const job = JSON.parse(readFileSync(file, 'utf8')) as Job;

const TARGETS = Object.fromEntries(
  POOL_NAMES.map(pool => [
    pool,
    {
      stable: `http://127.0.0.1:${job.ports[pool].stable}`,
      edge: `http://127.0.0.1:${job.ports[pool].edge}`,
    },
  ]),
) as Readonly<Record<PoolName, { readonly stable: string; readonly edge: string }>>;

/** Host to its paths, longest first, as a table of Ingresses would be held. */
const routes = new Map(
  [...job.hosts, CHANGING_HOST].map(host => [
    host,
    [...BODY_PATHS.map(path => ({ path, targets: TARGETS.body })), { path: '/', targets: TARGETS.web }],
  ]),
);

const isBelow = (url: string, path: string): boolean => {
  if (path === '/') return true;
  if (!url.startsWith(path)) return false;
  const next = url.charCodeAt(path.length);
  return url.length === path.length || next === 0x2f || next === 0x3f;
};

/** Where a request goes: host, path, ticket. */
export const targetOf = (url: string, headers: IncomingHttpHeaders): string | undefined => {
  const host = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  const route = routes.get(host)?.find(({ path }) => isBelow(url, path));
  return headers[TICKET.name] === TICKET.value ? route?.targets.edge : route?.targets.stable;
};

/** What the job asks to be added to every request. */
export const forwardedHeaders = (
  headers: IncomingHttpHeaders,
  clientAddress: string,
): Readonly<Record<string, string>> => ({
  'x-forwarded-for': clientAddress,
  'x-forwarded-host': headers.host ?? '',
  'x-forwarded-port': `${port}`,
  'x-forwarded-proto': 'http',
  'x-real-ip': clientAddress,
  'x-request-id': (headers['x-request-id'] as string | undefined) ?? randomUUID(),
});
