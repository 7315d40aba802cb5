import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { workerUser } from '../contenders/worker-user.ts';
import { TRACKS, type Track } from '../job.ts';

/** 105 bytes, of the same length on both tracks. */
export const smallAnswer = (track: Track): string => `${track.padEnd(6)} ${'.'.repeat(97)}\n`;

const BIG_BYTES = 1_048_576;

/** What the origin saw of a request, in the probe's answer: a contender that does half the job is not measured. */
export const PROBE_FIELDS = [
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-request-id',
] as const;

const server = (track: Track, port: number, folder: string): string => `  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { return 200 "${smallAnswer(track).trimEnd()}\\n"; }
    location /big { alias ${folder}/big; }
    location /probe { return 200 "track=${track};${PROBE_FIELDS.map(name => `${name}=$http_${name.replaceAll('-', '_')}`).join(';')}"; }
  }`;

/** The origin that answers: one nginx process for both tracks. */
export const nginxOriginConfig = (
  ports: Readonly<Record<Track, number>>,
  folder: string,
): string => `daemon off;
${workerUser()}pid ${folder}/nginx.pid;
error_log ${folder}/error.log error;
worker_processes 1;
worker_rlimit_nofile 65536;
events { worker_connections 16384; }
http {
  access_log off;
  default_type text/plain;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  client_header_buffer_size 4k;
  sendfile on;
  sendfile_max_chunk 256k;
  keepalive_requests 100000000;
  keepalive_timeout 400s;
${TRACKS.map(track => server(track, ports[track], folder)).join('\n')}
}
`;

/** Writes the origin's folder; the command that starts it. */
export const prepareNginxOrigin = async (
  ports: Readonly<Record<Track, number>>,
  folder: string,
): Promise<readonly string[]> => {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'big'), Buffer.alloc(BIG_BYTES, 'sluice '));
  const file = join(folder, 'nginx.conf');
  await writeFile(file, nginxOriginConfig(ports, folder));
  return ['/usr/sbin/nginx', '-c', file];
};
