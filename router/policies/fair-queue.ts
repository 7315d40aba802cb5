/** One owner's jobs, in their order. */
type Lane<J> = {
  readonly owner: object;
  readonly jobs: J[];
  /** Of the jobs that wait. */
  work: number;
  /** When its first job is due, in served work. */
  dueAt: number;
};

/**
 * Jobs of many owners for one server, by start-time fair queueing (Goyal et al., 1996): whoever brings more work than
 * others, or larger jobs, waits longer and lets the others through. Bounded by work: past that, the owner with the most
 * of it loses its newest job.
 */
export class FairQueue<J extends { readonly work: number }> {
  readonly #maxWork: number;
  readonly #lanes = new Map<object, Lane<J>>();
  /** When an owner that has no job now would be due again: coming back is no way to the front. */
  readonly #dueAt = new WeakMap<object, number>();
  #work = 0;
  #servedAt = 0;

  /** `maxWork`: of all jobs that wait, together. */
  constructor(maxWork: number) {
    this.#maxWork = maxWork;
  }

  get work(): number {
    return this.#work;
  }

  /** Adds a job; returns those that lost their place for it, which may be the job itself. */
  push(owner: object, job: J): readonly J[] {
    const lane = this.#laneOf(owner);
    lane.jobs.push(job);
    lane.work += job.work;
    this.#work += job.work;
    const lost: J[] = [];
    while (this.#work > this.#maxWork) {
      let longest = lane;
      for (const other of this.#lanes.values()) if (other.work > longest.work) longest = other;
      const dropped = longest.jobs.pop();
      if (dropped === undefined) break;
      this.#took(longest, dropped);
      lost.push(dropped);
    }
    return lost;
  }

  next(): J | undefined {
    let first: Lane<J> | undefined;
    for (const lane of this.#lanes.values())
      if (first === undefined || lane.dueAt < first.dueAt) first = lane;
    const job = first?.jobs.shift();
    if (first === undefined || job === undefined) return undefined;
    this.#servedAt = first.dueAt;
    first.dueAt += job.work;
    this.#dueAt.set(first.owner, first.dueAt);
    this.#took(first, job);
    return job;
  }

  #laneOf(owner: object): Lane<J> {
    const known = this.#lanes.get(owner);
    if (known !== undefined) return known;
    const dueAt = Math.max(this.#servedAt, this.#dueAt.get(owner) ?? 0);
    const lane: Lane<J> = { owner, jobs: [], work: 0, dueAt };
    this.#lanes.set(owner, lane);
    return lane;
  }

  #took(lane: Lane<J>, { work }: J): void {
    lane.work -= work;
    this.#work -= work;
    if (lane.jobs.length === 0) this.#lanes.delete(lane.owner);
  }
}
