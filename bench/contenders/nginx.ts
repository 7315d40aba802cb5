import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
import { masterPid, signalWhenRunning } from './master-pid.ts';
import { nginxRelayConfig } from './nginx-relay.ts';
import { programVersion } from './program-version.ts';
import { workerUser } from './worker-user.ts';

const upstream = (job: Job, pool: PoolName, track: Track): string =>
  `  upstream ${upstreamName(pool, track)} {
    server 127.0.0.1:${job.ports[pool][track]} max_fails=0;
    keepalive 1024;
    keepalive_requests 100000000;
  }`;

const ticketMap = (pool: PoolName): string =>
  `  map $http_${TICKET.name} $${pool}_pool { default ${upstreamName(pool, 'stable')}; "${TICKET.value}" ${upstreamName(pool, 'edge')}; }`;

/** A port in clear speaks either HTTP/1.1 or, with prior knowledge, HTTP/2 in nginx 1.22. */
const LISTEN_OPTIONS: Readonly<Record<Exclude<Entry, 'tcp'>, string>> = {
  http: '',
  https: ' ssl',
  h2: ' ssl http2',
  h2c: ' http2',
};

type HttpEntry = keyof typeof LISTEN_OPTIONS;

export type NginxListen = { readonly port: number; readonly entry: HttpEntry };

/** One virtual server as an Ingress controller writes it: a location for every path of every host. */
export const nginxServer = ({ port, entry }: NginxListen, host: string, webPool = '$web_pool'): string =>
  [
    `  server {`,
    `    listen 127.0.0.1:${port}${LISTEN_OPTIONS[entry]};`,
    `    server_name ${host};`,
    ...BODY_PATHS.map(path => `    location ${path} { proxy_pass http://$body_pool; }`),
    `    location / { proxy_pass http://${webPool}; }`,
    `  }`,
  ].join('\n');

/** Sessions are resumed by tickets, which are on by default; TLS 1.3 is not in Debian's nginx. */
const tlsLines = ({ paths }: ServingFiles): string =>
  `  ssl_certificate ${paths.certificate};
  ssl_certificate_key ${paths.key};
  ssl_protocols TLSv1.2 TLSv1.3;
`;

/** nginx on one worker for the job; the changing host is read from a file beside it. */
export const nginxConfig = ({
  job,
  port,
  folder,
  entry,
  serving,
}: {
  readonly job: Job;
  readonly port: number;
  readonly folder: string;
  readonly entry: HttpEntry;
  readonly serving: ServingFiles;
}): string => `daemon off;
${workerUser()}pid ${folder}/nginx.pid;
error_log ${folder}/error.log error;
worker_processes 1;
worker_rlimit_nofile 65536;
events { worker_connections 16384; }
http {
  access_log off;
  server_tokens off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server_names_hash_bucket_size 128;
  server_names_hash_max_size ${Math.max(1024, job.hosts.length * 4)};
  keepalive_requests 100000000;
  keepalive_timeout 400s;
  client_max_body_size 0;
  tcp_nodelay on;
  proxy_http_version 1.1;
  proxy_request_buffering off;
  proxy_next_upstream error timeout;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  map $http_x_request_id $kept_request_id { default $http_x_request_id; '' $request_id; }
  proxy_set_header Host $http_host;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_upgrade;
  proxy_set_header X-Real-IP $remote_addr;
  proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Host $http_host;
  proxy_set_header X-Forwarded-Port $server_port;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header X-Request-ID $kept_request_id;
${isOverTls(entry) ? tlsLines(serving) : ''}${POOL_NAMES.map(ticketMap).join('\n')}
${POOL_NAMES.flatMap(pool => TRACKS.map(track => upstream(job, pool, track))).join('\n')}
  server { listen 127.0.0.1:${port}${LISTEN_OPTIONS[entry]} default_server backlog=4096; return 404; }
${job.hosts.map(host => nginxServer({ port, entry }, host)).join('\n')}
  include ${folder}/changing.conf;
}
`;

export const NGINX: Contender = {
  name: 'nginx',
  about: 'nginx of the distribution, one worker',
  entries: ENTRIES,
  version: () => programVersion('/usr/sbin/nginx', '-v', /nginx\/(\S+)/),
  prepare: async spec => {
    const { folder, port, entry } = spec;
    const file = join(folder, 'nginx.conf');
    const started = ['/usr/sbin/nginx', '-c', file];
    if (entry === 'tcp') {
      await writeFile(file, nginxRelayConfig(spec));
      return { command: started, changeHost: null };
    }
    const writeChanging = (track: Track): Promise<void> =>
      writeFile(
        join(folder, 'changing.conf'),
        nginxServer(
          { port, entry },
          CHANGING_HOST,
          track === 'stable' ? '$web_pool' : upstreamName('web', track),
        ),
      );
    await writeFile(file, nginxConfig({ ...spec, entry }));
    await writeChanging('stable');
    return {
      command: started,
      changeHost: async track => {
        await writeChanging(track);
        signalWhenRunning(await masterPid(join(folder, 'nginx.pid')), 'SIGHUP');
      },
    };
  },
};
