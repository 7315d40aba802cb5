import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
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
  type ServingFiles,
  TICKET,
  TRACKS,
  type Track,
  upstreamName,
} from '../job.ts';
import { haproxyRelayConfig } from './haproxy-relay.ts';
import { programVersion } from './program-version.ts';

/** Lines `host#path pool`, looked up by the longest beginning, as haproxy-ingress does it. */
export const haproxyMap = (job: Job): string =>
  [...job.hosts, CHANGING_HOST]
    .flatMap(host => [...BODY_PATHS.map(path => `${host}#${path} body`), `${host}#/ web`])
    .join('\n') + '\n';

/** A frontend in clear finds out by itself that a client begins with HTTP/2's preface. */
const bindOptions = (entry: Entry, { paths }: ServingFiles): string =>
  isOverTls(entry) ? ` ssl crt ${paths.both} alpn h2,http/1.1` : '';

/** HAProxy on one thread for the job. */
export const haproxyConfig = ({
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
}): string => {
  const backends = POOL_NAMES.flatMap(pool =>
    TRACKS.map(
      track =>
        `backend ${upstreamName(pool, track)}\n  server s1 127.0.0.1:${job.ports[pool][track]} maxconn 8000`,
    ),
  );
  return `global
  nbthread 1
  maxconn 9500
  stats socket ${folder}/admin.sock mode 600 level admin
defaults
  mode http
  maxconn 9500
  option http-keep-alive
  http-reuse always
  timeout connect 5s
  timeout client 400s
  timeout server 60s
  timeout tunnel 1h
  timeout http-request 10s
  timeout http-keep-alive 400s
frontend entry
  bind 127.0.0.1:${port} backlog 4096${bindOptions(entry, serving)}
  http-request set-var(req.path) path
  http-request set-var(req.base) hdr(host),field(1,:),lower,concat(\\#,req.path)
  http-request set-var(req.pool) var(req.base),map_beg(${folder}/hosts.map,none)
  http-request return status 404 if { var(req.pool) -m str none }
  http-request set-var(req.host) hdr(host)
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Real-IP %[src]
  http-request set-header X-Forwarded-Host %[var(req.host)]
  http-request set-header X-Forwarded-Port %[dst_port]
  http-request set-header X-Forwarded-Proto ${isOverTls(entry) ? 'https' : 'http'}
  http-request set-header X-Request-ID %[uuid()] unless { req.hdr(x-request-id) -m found }
  use_backend %[var(req.pool)]_edge if { req.hdr(${TICKET.name}) -m str ${TICKET.value} } !{ var(req.pool) -m end _edge }
  use_backend %[var(req.pool)] if { var(req.pool) -m end _edge }
  use_backend %[var(req.pool)]_stable
${backends.join('\n')}
`;
};

/** One command to the runtime API: HAProxy changes a map entry without a reload. */
const command = async (socketPath: string, text: string): Promise<void> => {
  const socket = connect(socketPath);
  socket.end(`${text}\n`);
  let answer = '';
  socket.on('data', bytes => {
    answer += bytes.toString();
  });
  await once(socket, 'close');
  if (answer.trim() !== '') throw new Error(`HAProxy answered: ${answer.trim()}`);
};

export const HAPROXY: Contender = {
  name: 'haproxy',
  about: 'HAProxy of the distribution, one thread',
  entries: ENTRIES,
  version: () => programVersion('/usr/sbin/haproxy', '-v', /version (\S+)/),
  prepare: async spec => {
    const { folder, job } = spec;
    const file = join(folder, 'haproxy.cfg');
    const started = ['/usr/sbin/haproxy', '-db', '-f', file];
    if (spec.entry === 'tcp') {
      await writeFile(file, haproxyRelayConfig(spec));
      return { command: started, changeHost: null };
    }
    await writeFile(join(folder, 'hosts.map'), haproxyMap(job));
    await writeFile(file, haproxyConfig(spec));
    return {
      command: started,
      changeHost: (track: Track) =>
        command(
          join(folder, 'admin.sock'),
          `set map ${folder}/hosts.map ${CHANGING_HOST}#/ ${track === 'stable' ? 'web' : upstreamName('web', track)}`,
        ),
    };
  },
};
