import { each, type MetricFamily, one, type Sample } from './metric-family.ts';
import { type RouterFacts, STATUS_CLASSES } from './router-facts.ts';
import { TCP_FAMILIES } from './tcp-families.ts';

type RouterFamily = MetricFamily<RouterFacts>;

/** Each final answer once: by the track that gave it; what is left is the router's own. */
const answers = ({ counts, answersByTrack }: RouterFacts): readonly Sample[] => {
  const tracks = Object.entries(answersByTrack).sort(([one], [other]) => (one < other ? -1 : 1));
  return STATUS_CLASSES.flatMap(code => {
    const byTrack = tracks.map(([track, classes]) => ({
      labels: { track, code },
      value: classes[code] ?? 0,
    }));
    const ofTracks = byTrack.reduce((sum, { value }) => sum + value, 0);
    return [...byTrack, { labels: { track: 'none', code }, value: counts[`responses_${code}`] - ofTracks }];
  });
};

const REQUESTS: readonly RouterFamily[] = [
  {
    kind: 'counter',
    name: 'sluice_requests_total',
    labelNames: ['track', 'code'],
    help: 'Requests by the track that answered (none: the router itself, before a track was chosen) and class of the final status.',
    samples: answers,
  },
  {
    kind: 'counter',
    name: 'sluice_requests_refused_total',
    help: 'Requests refused for their head or body: malformed, ambiguous, too large, too slow.',
    samples: ({ counts }) => one(counts.refused),
  },
  {
    kind: 'counter',
    name: 'sluice_requests_unrouted_total',
    help: 'Requests that routing answered itself: no such host or path, no ready endpoint, or closed by its Ingress.',
    samples: ({ counts }) => one(counts.unrouted),
  },
  {
    kind: 'counter',
    name: 'sluice_policy_answers_total',
    labelNames: ['policy'],
    help: 'Requests that a policy of their route answered in the place of a pod.',
    samples: ({ counts }) =>
      each('policy', {
        access: counts.policy_access,
        'app-root': counts.policy_app_root,
        'body-size': counts.policy_body_size,
        cors: counts.policy_cors,
        'https-redirect': counts.policy_https_redirect,
        limits: counts.policy_limits,
        redirect: counts.policy_redirect,
      }),
  },
  {
    kind: 'counter',
    name: 'sluice_regex_budget_exhausted_total',
    help: 'Requests whose regular expressions would have cost more than one request may; what was left of them did not match.',
    samples: ({ counts }) => one(counts.regex_budget_exhausted),
  },
  {
    kind: 'counter',
    name: 'sluice_fallbacks_total',
    help: 'Requests whose ticket led to a track without a ready endpoint, and that went to stable.',
    samples: ({ counts }) => one(counts.fallbacks),
  },
  {
    kind: 'counter',
    name: 'sluice_client_aborts_total',
    help: 'Requests whose client went away before its answer was complete.',
    samples: ({ counts }) => one(counts.client_aborts),
  },
  {
    kind: 'counter',
    name: 'sluice_tunnels_total',
    help: 'Connections that became tunnels (101), as WebSockets do.',
    samples: ({ counts }) => one(counts.tunnels),
  },
];

const CLIENTS: readonly RouterFamily[] = [
  {
    kind: 'gauge',
    name: 'sluice_client_connections',
    help: 'Client connections that are open.',
    samples: ({ openConnections }) => one(openConnections.clients),
  },
  {
    kind: 'counter',
    name: 'sluice_client_connections_accepted_total',
    help: 'Client connections that were taken.',
    samples: ({ counts }) => one(counts.connections_accepted),
  },
  {
    kind: 'counter',
    name: 'sluice_client_connections_closed_total',
    help: 'Client connections that were taken and have ended.',
    samples: ({ counts }) => one(counts.connections_closed),
  },
  {
    kind: 'counter',
    name: 'sluice_client_connections_refused_total',
    labelNames: ['reason'],
    help: 'Client connections that were not taken: above --max-connections, or without a valid PROXY header.',
    samples: ({ counts }) =>
      each('reason', { limit: counts.connections_shed, 'proxy-protocol': counts.proxy_protocol_refused }),
  },
  {
    kind: 'counter',
    name: 'sluice_http2_connections_total',
    help: 'Client connections that spoke HTTP/2.',
    samples: ({ counts }) => one(counts.http2_connections),
  },
  {
    kind: 'counter',
    name: 'sluice_http2_faults_total',
    help: 'Client connections that were ended for a fault of HTTP/2, or for a flood of its frames.',
    samples: ({ counts }) => one(counts.http2_faults),
  },
];

const TLS: readonly RouterFamily[] = [
  {
    kind: 'counter',
    name: 'sluice_tls_handshakes_total',
    labelNames: ['session'],
    help: 'TLS handshakes of clients that succeeded: with a new session, or by taking up an earlier one.',
    samples: ({ counts }) => each('session', { new: counts.tls_new, resumed: counts.tls_resumed }),
  },
  {
    kind: 'counter',
    name: 'sluice_tls_handshake_failures_total',
    labelNames: ['reason'],
    help: 'TLS handshakes of clients that failed: the client objected, left, spoke no TLS, took too long, or has nothing in common with us.',
    samples: ({ counts }) =>
      each('reason', {
        alert: counts.tls_failed_alert,
        gone: counts.tls_failed_gone,
        'not-tls': counts.tls_failed_not_tls,
        other: counts.tls_failed_other,
        timeout: counts.tls_failed_timeout,
        unsupported: counts.tls_failed_unsupported,
      }),
  },
  {
    kind: 'counter',
    name: 'sluice_tls_misdirected_total',
    help: 'Requests whose host has another certificate than the one that their connection showed: they got 421.',
    samples: ({ counts }) => one(counts.misdirected),
  },
];

const UPSTREAMS: readonly RouterFamily[] = [
  {
    kind: 'gauge',
    name: 'sluice_upstream_connections',
    help: 'Connections to endpoints that are open, idle ones included.',
    samples: ({ openConnections }) => one(openConnections.upstreams),
  },
  {
    kind: 'counter',
    name: 'sluice_upstream_connections_opened_total',
    help: 'Connections to endpoints that were begun.',
    samples: ({ counts }) => one(counts.upstream_connections),
  },
  {
    kind: 'counter',
    name: 'sluice_upstream_failures_total',
    labelNames: ['reason'],
    help: 'Tries that an endpoint failed: no connection, the wrong certificate, a request not taken (HTTP/2), lost connection, no answer in time, no valid answer.',
    samples: ({ counts }) =>
      each('reason', {
        certificate: counts.upstream_certificates,
        connect: counts.upstream_connect_failures,
        fault: counts.upstream_faults,
        refused: counts.upstream_refusals,
        reset: counts.upstream_resets,
        timeout: counts.upstream_timeouts,
      }),
  },
  {
    kind: 'counter',
    name: 'sluice_upstream_unsolicited_total',
    help: 'Connections to endpoints that were closed since bytes came that belong to no request.',
    samples: ({ counts }) => one(counts.upstream_unsolicited),
  },
  {
    kind: 'counter',
    name: 'sluice_retries_total',
    help: 'Second tries of requests.',
    samples: ({ counts }) => one(counts.retries),
  },
  {
    kind: 'counter',
    name: 'sluice_retries_withheld_total',
    help: 'Second tries that were due, but over the share of their pool.',
    samples: ({ counts }) => one(counts.retry_budget_exhausted),
  },
  {
    kind: 'counter',
    name: 'sluice_ejections_total',
    help: 'Times that a worker left an endpoint out for a while after failures in a row.',
    samples: ({ counts }) => one(counts.ejections),
  },
  {
    kind: 'counter',
    name: 'sluice_ejections_withheld_total',
    help: 'Times that an endpoint would have been left out, but half of its pool was already.',
    samples: ({ counts }) => one(counts.ejections_withheld),
  },
];

const PLAN: readonly RouterFamily[] = [
  {
    kind: 'gauge',
    name: 'sluice_plan_generation',
    help: 'Number of the newest route plan: its changes since the start.',
    samples: ({ plan }) => one(plan.generation),
  },
  {
    kind: 'gauge',
    name: 'sluice_plan_generation_applied',
    help: 'Number of the oldest route plan that a worker still decides by; below sluice_plan_generation a change is under way.',
    samples: ({ plan }) => one(plan.appliedGeneration),
  },
  {
    kind: 'gauge',
    name: 'sluice_plan_age_seconds',
    help: 'Time since the route plan changed last; not there before its first change.',
    samples: ({ plan }) => (plan.ageSeconds === null ? [] : one(plan.ageSeconds)),
  },
  {
    kind: 'gauge',
    name: 'sluice_plan_hosts',
    help: 'Hosts of the route plan.',
    samples: ({ plan }) => one(plan.hosts),
  },
  {
    kind: 'gauge',
    name: 'sluice_plan_pools',
    help: 'Pools of endpoints of the route plan.',
    samples: ({ plan }) => one(plan.pools),
  },
];

const WORKERS: readonly RouterFamily[] = [
  {
    kind: 'gauge',
    name: 'sluice_workers',
    help: 'Workers that take connections.',
    samples: ({ workers }) => one(workers.serving),
  },
  {
    kind: 'gauge',
    name: 'sluice_workers_wanted',
    help: 'Workers that there shall be.',
    samples: ({ workers }) => one(workers.wanted),
  },
  {
    kind: 'counter',
    name: 'sluice_worker_crashes_total',
    help: 'Workers that ended though nobody had told them to, and were replaced.',
    samples: ({ workers }) => one(workers.crashes),
  },
  {
    kind: 'counter',
    name: 'sluice_worker_cpu_seconds_total',
    help: 'CPU time of all workers, user and system; process_cpu_seconds_total is that of the primary process alone.',
    samples: ({ workers }) => one(workers.cpuSeconds),
  },
  {
    kind: 'gauge',
    name: 'sluice_worker_resident_memory_bytes',
    help: 'Resident memory of all workers together.',
    samples: ({ workers }) => one(workers.residentBytes),
  },
];

/** Every metric of a router, beside those of its primary process. */
export const ROUTER_FAMILIES: readonly RouterFamily[] = [
  ...REQUESTS,
  ...CLIENTS,
  ...TLS,
  ...UPSTREAMS,
  ...TCP_FAMILIES,
  ...PLAN,
  ...WORKERS,
];
