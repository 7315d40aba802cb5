import { type Relay, relayPorts } from '../job.ts';
import { workerUser } from './worker-user.ts';

/** Debian builds the module `stream` apart, in the package libnginx-mod-stream. */
export const NGINX_STREAM_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so';

/** nginx on one worker where it relays bytes. */
export const nginxRelayConfig = (spec: Relay & { readonly folder: string }): string => `daemon off;
load_module ${NGINX_STREAM_MODULE};
${workerUser()}pid ${spec.folder}/nginx.pid;
error_log ${spec.folder}/error.log error;
worker_processes 1;
worker_rlimit_nofile 65536;
events { worker_connections 16384; }
stream {
  proxy_timeout 400s;
${relayPorts(spec)
  .map(
    ({ port, target }) =>
      `  server { listen 127.0.0.1:${port} backlog=4096; proxy_pass 127.0.0.1:${target}; }`,
  )
  .join('\n')}
}
`;
