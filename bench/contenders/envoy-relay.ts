import { type Relay, relayPorts } from '../job.ts';
import { envoyCluster, envoyListener } from './envoy-parts.ts';

const relay = (cluster: string): object => ({
  filters: [
    {
      name: 'envoy.filters.network.tcp_proxy',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
        stat_prefix: cluster,
        cluster,
      },
    },
  ],
});

/** Envoy's bootstrap where it relays bytes. */
export const envoyRelayBootstrap = (spec: Relay): object => {
  const ports = relayPorts(spec);
  return {
    node: { id: 'bench', cluster: 'bench' },
    static_resources: {
      listeners: ports.map(({ pool, port }) => envoyListener(pool, port, relay(pool))),
      clusters: ports.map(({ pool, target }) => envoyCluster(pool, target)),
    },
  };
};
