import type { MetricFamily, Sample } from './metric-family.ts';
import type { RouterFacts, TcpFacts } from './router-facts.ts';

/** One sample for each port and track that `amountOf` has something to say of. */
const byTrack =
  (amountOf: (values: TcpFacts['values']) => number) =>
  ({ tcp }: RouterFacts): readonly Sample[] =>
    tcp
      .filter(({ track }) => track !== 'none')
      .map(({ port, track, values }) => ({ labels: { port: String(port), track }, value: amountOf(values) }));

const tcpBytes = ({ tcp }: RouterFacts): readonly Sample[] =>
  tcp
    .filter(({ track }) => track !== 'none')
    .flatMap(({ port, track, values }) => [
      { labels: { port: String(port), track, direction: 'in' }, value: values.received },
      { labels: { port: String(port), track, direction: 'out' }, value: values.sent },
    ]);

const REFUSALS = {
  limit: 'refused_limit',
  'no-endpoint': 'refused_no_endpoint',
  'proxy-protocol': 'refused_proxy_protocol',
  unclaimed: 'refused_unclaimed',
  unreachable: 'refused_unreachable',
} as const;

/** By port alone: most are refused before a track is chosen. */
const tcpRefusals = ({ tcp }: RouterFacts): readonly Sample[] =>
  [...Map.groupBy(tcp, ({ port }) => port)].flatMap(([port, lines]) =>
    Object.entries(REFUSALS).map(([reason, name]) => ({
      labels: { port: String(port), reason },
      value: lines.reduce((sum, { values }) => sum + values[name], 0),
    })),
  );

/** What a router tells of its TCP ports. */
export const TCP_FAMILIES: readonly MetricFamily<RouterFacts>[] = [
  {
    kind: 'gauge',
    name: 'sluice_tcp_connections',
    labelNames: ['port', 'track'],
    help: 'Connections of TCP ports that are open.',
    samples: byTrack(({ connections, closed }) => connections - closed),
  },
  {
    kind: 'counter',
    name: 'sluice_tcp_connections_total',
    labelNames: ['port', 'track'],
    help: 'Connections of TCP ports that were led to a track.',
    samples: byTrack(({ connections }) => connections),
  },
  {
    kind: 'counter',
    name: 'sluice_tcp_bytes_total',
    labelNames: ['port', 'track', 'direction'],
    help: 'Bytes of TCP connections from clients to pods (in) and from pods to clients (out), PROXY headers left out.',
    samples: tcpBytes,
  },
  {
    kind: 'counter',
    name: 'sluice_tcp_connect_failures_total',
    labelNames: ['port', 'track'],
    help: 'Tries to reach an endpoint for a TCP connection that failed.',
    samples: byTrack(values => values.connect_failures),
  },
  {
    kind: 'counter',
    name: 'sluice_tcp_idle_timeouts_total',
    labelNames: ['port', 'track'],
    help: 'TCP connections that were ended since neither side had sent anything for too long.',
    samples: byTrack(values => values.idle_timeouts),
  },
  {
    kind: 'counter',
    name: 'sluice_tcp_fallbacks_total',
    labelNames: ['port', 'track'],
    help: 'TCP connections whose ticket led to a track without a ready endpoint, by the track that stood in: stable.',
    samples: byTrack(values => values.fallbacks),
  },
  {
    kind: 'counter',
    name: 'sluice_tcp_refused_total',
    labelNames: ['port', 'reason'],
    help: 'TCP connections that were reset: no Service has the port, no endpoint is ready or takes it, no valid PROXY header, above --max-connections.',
    samples: tcpRefusals,
  },
  {
    kind: 'gauge',
    name: 'sluice_tcp_port_unavailable',
    labelNames: ['port'],
    help: '1 for a TCP port that a Service has, but that something else on this machine listens on.',
    samples: ({ unavailablePorts }) =>
      unavailablePorts.map(port => ({ labels: { port: String(port) }, value: 1 })),
  },
];
