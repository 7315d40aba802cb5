const NO_LIMIT = 100_000;

/** A cluster of one endpoint that no circuit breaker holds back. */
export const envoyCluster = (name: string, port: number): object => ({
  name,
  type: 'STATIC',
  connect_timeout: '5s',
  circuit_breakers: {
    thresholds: [
      { max_connections: NO_LIMIT, max_pending_requests: NO_LIMIT, max_requests: NO_LIMIT, max_retries: 3 },
    ],
  },
  load_assignment: {
    cluster_name: name,
    endpoints: [
      {
        lb_endpoints: [
          { endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } } },
        ],
      },
    ],
  },
});

/** A loopback port that does one thing. */
export const envoyListener = (name: string, port: number, filterChain: object): object => ({
  name,
  address: { socket_address: { address: '127.0.0.1', port_value: port } },
  filter_chains: [filterChain],
});
