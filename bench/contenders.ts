import { DIRECT } from './contenders/direct.ts';
import { ENVOY } from './contenders/envoy.ts';
import { HAPROXY } from './contenders/haproxy.ts';
import { NGINX } from './contenders/nginx.ts';
import { FASTIFY_HTTP_PROXY, HTTP_PROXY_3 } from './contenders/node-peers.ts';
import { OURS } from './contenders/ours.ts';
import type { Contender } from './job.ts';

export const CONTENDERS: readonly Contender[] = [
  OURS,
  HAPROXY,
  NGINX,
  ENVOY,
  HTTP_PROXY_3,
  FASTIFY_HTTP_PROXY,
  DIRECT,
];

/** Those that are Node programs: the third column of the targets is the best of them. */
export const NODE_PEERS: readonly string[] = [HTTP_PROXY_3.name, FASTIFY_HTTP_PROXY.name];

/** Those whose memory V8 can tell of. */
export const NODE_CONTENDERS: readonly string[] = [OURS.name, ...NODE_PEERS];
