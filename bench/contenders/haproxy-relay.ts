import { type Relay, relayPorts } from '../job.ts';

/** HAProxy on one thread where it relays bytes; without `splice-auto`, which is off by default. */
export const haproxyRelayConfig = (spec: Relay): string => `global
  nbthread 1
  maxconn 9500
defaults
  mode tcp
  maxconn 9500
  timeout connect 5s
  timeout client 400s
  timeout server 400s
${relayPorts(spec)
  .map(
    ({ pool, port, target }) =>
      `listen ${pool}\n  bind 127.0.0.1:${port} backlog 4096\n  server s1 127.0.0.1:${target}`,
  )
  .join('\n')}
`;
