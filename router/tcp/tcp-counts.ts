/** What is counted of the connections of a TCP port that went to one track. */
export const TCP_COUNT_NAMES = [
  /** Connections that were led to the track. */
  'connections',
  'closed',
  /** Bytes from clients to pods. */
  'received',
  /** Bytes from pods to clients. */
  'sent',
  /** Tries to reach an endpoint that failed. */
  'connect_failures',
  'idle_timeouts',
  /** Connections whose ticket led to a track without a ready endpoint, and that went to stable. */
  'fallbacks',
  /** Reset, since no Service has the port. */
  'refused_unclaimed',
  /** Reset, since the track has no endpoint. */
  'refused_no_endpoint',
  /** Reset, since no endpoint that was tried took the connection. */
  'refused_unreachable',
  /** Reset, since it did not begin with a valid PROXY header of a trusted proxy. */
  'refused_proxy_protocol',
  /** Reset, since too many connections were open. */
  'refused_limit',
] as const;

export type TcpCountName = (typeof TCP_COUNT_NAMES)[number];

/** Track of connections that no track was chosen for. */
export const NO_TRACK = 'none';

/** The counts of one port and track, as plain data. */
export type TcpLine = {
  readonly port: number;
  readonly track: string;
  readonly values: Readonly<Record<TcpCountName, number>>;
};

/** Ports are bounded by the installation and tracks are few; past the bound the last of them counts for all further ones. */
const MAX_LINES = 4_096;

const slotOf = new Map<string, number>(TCP_COUNT_NAMES.map((name, slot) => [name, slot]));

/** The counts of one port and track; connections hold it, so that counting looks nothing up. */
export class TrackCounts {
  readonly port: number;
  readonly track: string;
  readonly #values = new Float64Array(TCP_COUNT_NAMES.length);

  constructor(port: number, track: string) {
    this.port = port;
    this.track = track;
  }

  add(name: TcpCountName, amount = 1): void {
    const slot = slotOf.get(name) ?? 0;
    this.#values[slot] = (this.#values[slot] ?? 0) + amount;
  }

  received(count: number): void {
    this.#values[RECEIVED] = (this.#values[RECEIVED] ?? 0) + count;
  }

  sent(count: number): void {
    this.#values[SENT] = (this.#values[SENT] ?? 0) + count;
  }

  line(): TcpLine {
    const values = Object.fromEntries(TCP_COUNT_NAMES.map((name, slot) => [name, this.#values[slot] ?? 0]));
    return { port: this.port, track: this.track, values: values as Record<TcpCountName, number> };
  }
}

const RECEIVED = TCP_COUNT_NAMES.indexOf('received');
const SENT = TCP_COUNT_NAMES.indexOf('sent');

/** What one worker counts of its TCP ports; it outlives every table. */
export class TcpCounts {
  readonly #lines = new Map<string, TrackCounts>();
  #last: TrackCounts | null = null;

  of(port: number, track: string): TrackCounts {
    const key = `${port} ${track}`;
    const known = this.#lines.get(key);
    if (known !== undefined) return known;
    if (this.#last !== null && this.#lines.size >= MAX_LINES) return this.#last;
    this.#last = new TrackCounts(port, track);
    this.#lines.set(key, this.#last);
    return this.#last;
  }

  snapshot(): readonly TcpLine[] {
    return [...this.#lines.values()].map(counts => counts.line());
  }
}

const sumOfValues = (lines: readonly TcpLine[]): TcpLine['values'] => {
  const sums = TCP_COUNT_NAMES.map(name => [name, lines.reduce((sum, { values }) => sum + values[name], 0)]);
  return Object.fromEntries(sums) as Record<TcpCountName, number>;
};

/** The counts of several workers as one; sorted by port, then track. */
export const sumOfTcpLines = (lines: readonly TcpLine[]): readonly TcpLine[] => {
  const byKey = Map.groupBy(lines, ({ port, track }) => JSON.stringify([port, track]));
  return [...byKey.values()]
    .flatMap(([first, ...rest]) =>
      first === undefined
        ? []
        : [{ port: first.port, track: first.track, values: sumOfValues([first, ...rest]) }],
    )
    .sort((one, other) => one.port - other.port || (one.track < other.track ? -1 : 1));
};

/** What is left of a worker that has ended: nothing is open there any more. */
export const endedTcpLines = (lines: readonly TcpLine[]): readonly TcpLine[] =>
  lines.map(line => ({ ...line, values: { ...line.values, closed: line.values.connections } }));
