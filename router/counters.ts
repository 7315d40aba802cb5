/** What the engine counts, by name: slots of one typed array, so that counting is one add and summing workers one loop. */
export const COUNTER_NAMES = [
  'connections_accepted',
  'connections_closed',
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
  /** Requests for an empty edge that went to stable. */
  'fallbacks',
  'upstream_connections',
  'upstream_connect_failures',
  'upstream_resets',
  'upstream_timeouts',
  /** Answers that were not passed on: malformed, or ambiguous in their framing. */
  'upstream_faults',
  /** Bytes on an upstream socket that belong to no request. */
  'upstream_unsolicited',
  /** Clients that went away before their answer was complete. */
  'client_aborts',
] as const;

export type CounterName = (typeof COUNTER_NAMES)[number];

const CLASSES = 5;

/** Tracks are few and written by people; the bound keeps a mistake from growing the array for ever. */
const MAX_TRACKS = 64;

const slotOf = new Map<string, number>(COUNTER_NAMES.map((name, slot) => [name, slot]));

/** The counters of one worker. Adding is the hot path; reading is for the admin server. */
export class Counters {
  readonly #values = new Float64Array(COUNTER_NAMES.length);
  readonly #byTrack = new Float64Array(MAX_TRACKS * CLASSES);
  readonly #tracks = new Map<string, number>();

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

  /** Final answers of a track by status class: `{edge: {'2xx': 3}}`. */
  answersByTrack(): Readonly<Record<string, Readonly<Record<string, number>>>> {
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
    const known = this.#tracks.get(track);
    if (known !== undefined) return known;
    // Past the bound all further tracks share the last slot.
    const slot = Math.min(this.#tracks.size, MAX_TRACKS - 1);
    if (this.#tracks.size < MAX_TRACKS) this.#tracks.set(track, slot);
    return slot;
  }
}

const RESPONSES = COUNTER_NAMES.indexOf('responses_1xx');
