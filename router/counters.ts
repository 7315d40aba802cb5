import { sumOfTcpLines, TcpCounts, type TcpLine } from './tcp/tcp-counts.ts';

/** What the engine counts, by name: slots of one typed array, so that counting is one add and summing workers one loop. */
export const COUNTER_NAMES = [
  'connections_accepted',
  /** Of these the ones that spoke HTTP/2. */
  'http2_connections',
  /** Of these the ones that were ended for a fault of HTTP/2, or for a flood. */
  'http2_faults',
  'connections_closed',
  /** Above the limit of connections: these got a 503 and nothing else. */
  'connections_shed',
  /** Without a valid PROXY header, or from a peer that may not send one. */
  'proxy_protocol_refused',
  /** TLS handshakes that succeeded: with a new session, or by taking up an earlier one. */
  'tls_new',
  'tls_resumed',
  /** Those that came to nothing, by `HandshakeFailure`. */
  'tls_failed_timeout',
  'tls_failed_gone',
  'tls_failed_not_tls',
  'tls_failed_unsupported',
  'tls_failed_alert',
  'tls_failed_other',
  /** Requests for a host whose certificate is not the one that their connection shows. */
  'misdirected',
  'responses_1xx',
  'responses_2xx',
  'responses_3xx',
  'responses_4xx',
  'responses_5xx',
  'tunnels',
  /** Heads and bodies refused before or in spite of a route. */
  'refused',
  /** Requests that routing answered itself: no host, no route, no endpoint, refused. */
  'unrouted',
  'retries',
  /** Retries that were due, but would have been over a pool's share. */
  'retry_budget_exhausted',
  /** Endpoints left out for a while after failures in a row. */
  'ejections',
  /** Endpoints that failed as often, but half of their pool was out already. */
  'ejections_withheld',
  /** Requests whose regexes would have cost more than one request may. */
  'regex_budget_exhausted',
  /** Requests for an empty edge that went to stable. */
  'fallbacks',
  'upstream_connections',
  'upstream_connect_failures',
  /** Pods that were not who they have to be, by their certificates. */
  'upstream_certificates',
  /** Requests that a pod's HTTP/2 connection did not take. */
  'upstream_refusals',
  'upstream_resets',
  'upstream_timeouts',
  /** Answers that were not passed on: malformed, or ambiguous in their framing. */
  'upstream_faults',
  /** Bytes on an upstream socket that belong to no request. */
  'upstream_unsolicited',
  /** Clients that went away before their answer was complete. */
  'client_aborts',
  /** Requests that a policy of their route answered in the pod's place, by its kind. */
  'policy_app_root',
  'policy_body_size',
  'policy_cors',
  'policy_redirect',
  'policy_https_redirect',
  'policy_limits',
  'policy_access',
] as const;

export type CounterName = (typeof COUNTER_NAMES)[number];

const CLASSES = 5;

/** Counters as plain data: what a worker sends, and what a person or a scraper is shown. */
export type CounterSnapshot = {
  readonly values: Readonly<Record<CounterName, number>>;
  /** Final answers of a track by status class: `{edge: {'2xx': 3}}`. */
  readonly byTrack: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Of TCP ports, by port and track. */
  readonly tcp: readonly TcpLine[];
};

/** Tracks are few and written by people; the bound keeps a mistake from growing the array for ever. */
const MAX_TRACKS = 64;

const slotOf = new Map<string, number>(COUNTER_NAMES.map((name, slot) => [name, slot]));

/** The counters of one worker. Adding is the hot path; reading is for the admin server. */
export class Counters {
  readonly tcp = new TcpCounts();
  readonly #values = new Float64Array(COUNTER_NAMES.length);
  readonly #byTrack = new Float64Array(MAX_TRACKS * CLASSES);
  readonly #tracks = new Map<string, number>();
  #lastTrack: string | null = null;
  #lastSlot = 0;

  add(name: CounterName): void {
    const slot = slotOf.get(name) ?? 0;
    this.#values[slot] = (this.#values[slot] ?? 0) + 1;
  }

  /** Counts a final answer that a client got: by class, and by the track that gave it. */
  answered(track: string | null, status: number): void {
    const statusClass = Math.min(Math.max(Math.trunc(status / 100), 1), CLASSES);
    // The five classes stand next to one another in COUNTER_NAMES.
    const slot = RESPONSES + statusClass - 1;
    this.#values[slot] = (this.#values[slot] ?? 0) + 1;
    if (track === null) return;
    const at = this.#trackSlot(track) * CLASSES + statusClass - 1;
    this.#byTrack[at] = (this.#byTrack[at] ?? 0) + 1;
  }

  get(name: CounterName): number {
    return this.#values[slotOf.get(name) ?? 0] ?? 0;
  }

  snapshot(): CounterSnapshot {
    const values = Object.fromEntries(COUNTER_NAMES.map((name, slot) => [name, this.#values[slot] ?? 0]));
    return {
      values: values as Record<CounterName, number>,
      byTrack: this.answersByTrack(),
      tcp: this.tcp.snapshot(),
    };
  }

  /** Final answers of a track by status class. */
  answersByTrack(): CounterSnapshot['byTrack'] {
    const tracks = [...this.#tracks].map(([track, slot]) => {
      const classes = Array.from({ length: CLASSES }, (_, index) => [
        `${index + 1}xx`,
        this.#byTrack[slot * CLASSES + index] ?? 0,
      ]);
      return [track, Object.fromEntries(classes.filter(([, count]) => count !== 0))];
    });
    return Object.fromEntries(tracks);
  }

  #trackSlot(track: string): number {
    // Nine of ten requests are for stable; a look into the map costs as much as all counting.
    if (track === this.#lastTrack) return this.#lastSlot;
    this.#lastTrack = track;
    this.#lastSlot = this.#knownSlot(track);
    return this.#lastSlot;
  }

  #knownSlot(track: string): number {
    const known = this.#tracks.get(track);
    if (known !== undefined) return known;
    // Past the bound all further tracks share the last slot.
    const slot = Math.min(this.#tracks.size, MAX_TRACKS - 1);
    if (this.#tracks.size < MAX_TRACKS) this.#tracks.set(track, slot);
    return slot;
  }
}

const RESPONSES = COUNTER_NAMES.indexOf('responses_1xx');

/** The counters of several workers as one. */
export const sumOfCounters = (snapshots: readonly CounterSnapshot[]): CounterSnapshot => {
  const values = Object.fromEntries(
    COUNTER_NAMES.map(name => [name, snapshots.reduce((sum, snapshot) => sum + snapshot.values[name], 0)]),
  );
  const byTrack: Record<string, Record<string, number>> = {};
  for (const snapshot of snapshots) {
    for (const [track, classes] of Object.entries(snapshot.byTrack)) {
      byTrack[track] ??= {};
      const sums = byTrack[track];
      for (const [name, count] of Object.entries(classes)) sums[name] = (sums[name] ?? 0) + count;
    }
  }
  const tcp = sumOfTcpLines(snapshots.flatMap(snapshot => snapshot.tcp));
  return { values: values as Record<CounterName, number>, byTrack, tcp };
};
