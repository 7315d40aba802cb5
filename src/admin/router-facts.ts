/** What the router counts, by the names that it counts under (`router/counters.ts`). */
export type RouterCounts = Readonly<Record<CountName, number>>;

type CountName =
  | 'connections_accepted'
  | 'http2_connections'
  | 'http2_faults'
  | 'connections_closed'
  | 'connections_shed'
  | 'proxy_protocol_refused'
  | 'tls_new'
  | 'tls_resumed'
  | `tls_failed_${'timeout' | 'gone' | 'not_tls' | 'unsupported' | 'alert' | 'other'}`
  | 'misdirected'
  | `responses_${StatusClass}`
  | 'tunnels'
  | 'refused'
  | 'unrouted'
  | 'regex_budget_exhausted'
  | 'retries'
  | 'retry_budget_exhausted'
  | 'ejections'
  | 'ejections_withheld'
  | 'fallbacks'
  | 'upstream_connections'
  | 'upstream_connect_failures'
  | 'upstream_certificates'
  | 'upstream_refusals'
  | 'upstream_resets'
  | 'upstream_timeouts'
  | 'upstream_faults'
  | 'upstream_unsolicited'
  | 'client_aborts'
  | `policy_${'app_root' | 'body_size' | 'cors' | 'redirect' | 'https_redirect' | 'limits' | 'access'}`;

export const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;
export type StatusClass = (typeof STATUS_CLASSES)[number];

/** What is counted of the connections of a TCP port that went to one track (`router/tcp/tcp-counts.ts`). */
export type TcpFacts = {
  readonly port: number;
  /** `none`: no track was chosen. */
  readonly track: string;
  readonly values: Readonly<Record<TcpCount, number>>;
};

type TcpCount =
  | 'connections'
  | 'closed'
  | 'received'
  | 'sent'
  | 'connect_failures'
  | 'idle_timeouts'
  | 'fallbacks'
  | `refused_${'unclaimed' | 'no_endpoint' | 'unreachable' | 'proxy_protocol' | 'limit'}`;

/** A router as its primary process sees it, at one moment. */
export type RouterFacts = {
  /** Of all workers since the start. */
  readonly counts: RouterCounts;
  /** Final answers of a track by class of status: `{edge: {'2xx': 3}}`. */
  readonly answersByTrack: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly openConnections: { readonly clients: number; readonly upstreams: number };
  readonly tcp: readonly TcpFacts[];
  /** TCP ports of the plan that something else on this machine holds. */
  readonly unavailablePorts: readonly number[];
  readonly workers: {
    readonly wanted: number;
    readonly serving: number;
    readonly crashes: number;
    readonly cpuSeconds: number;
    readonly residentBytes: number;
  };
  readonly plan: {
    /** Counts its changes. */
    readonly generation: number;
    /** The oldest that a serving worker decides by. */
    readonly appliedGeneration: number;
    /** Since it changed last; null: it never has. */
    readonly ageSeconds: number | null;
    readonly hosts: number;
    readonly pools: number;
  };
};
