/** Whoever is told when time is up. */
export interface TimerOwner {
  onTimer(): void;
}

const SLOTS = 2048;
const STOPPED = -1;

/** A timeout that its owner keeps and starts again and again; made once a connection. */
export class Timer {
  readonly owner: TimerOwner;
  /** The tick at which it is up; -1 while stopped. */
  dueTick = STOPPED;
  /** The tick of the slot that it hangs in; -1 if in none. */
  slotTick = STOPPED;
  previous: Timer | null = null;
  next: Timer | null = null;

  constructor(owner: TimerOwner) {
    this.owner = owner;
  }
}

/**
 * One coarse clock for all timeouts: starting and stopping are a few assignments, however many run.
 * A timer that is put off stays in its old slot and is moved when that comes round, since most timeouts
 * are put off many times and never end. Never early; late by at most two ticks.
 */
export class TimerWheel {
  readonly tickMs: number;
  readonly #slots: (Timer | null)[] = new Array<Timer | null>(SLOTS).fill(null);
  #tick = 0;
  readonly #startedMs: number;

  constructor(tickMs: number, nowMs: number) {
    this.tickMs = tickMs;
    this.#startedMs = nowMs;
  }

  /** The clock as of the last tick: good enough for what is counted in seconds, and free. */
  get nowMs(): number {
    return this.#startedMs + this.#tick * this.tickMs;
  }

  start(timer: Timer, delayMs: number): void {
    // One tick more: the current one is partly over.
    timer.dueTick = this.#tick + Math.ceil(delayMs / this.tickMs) + 1;
    if (timer.slotTick !== STOPPED) {
      if (timer.slotTick <= timer.dueTick) return;
      this.#unlink(timer);
    }
    this.#link(timer);
  }

  /** Lazy: the timer leaves its slot when that comes round. */
  stop(timer: Timer): void {
    timer.dueTick = STOPPED;
  }

  /** Stops it and lets go of its owner at once. */
  remove(timer: Timer): void {
    timer.dueTick = STOPPED;
    if (timer.slotTick !== STOPPED) this.#unlink(timer);
  }

  /** Fires what is up at `nowMs`, of the clock that the constructor was given. */
  advance(nowMs: number): void {
    const target = Math.floor((nowMs - this.#startedMs) / this.tickMs);
    // After a suspended machine wakes, one turn of the wheel visits every timer there is.
    if (target - this.#tick > SLOTS) this.#tick = target - SLOTS;
    while (this.#tick < target) {
      this.#tick += 1;
      this.#fire(this.#tick % SLOTS);
    }
  }

  #fire(slot: number): void {
    let timer = this.#slots[slot] ?? null;
    this.#slots[slot] = null;
    // All leave the slot first: an owner may start or remove any timer while another fires.
    const up: Timer[] = [];
    while (timer !== null) {
      const next = timer.next;
      timer.previous = null;
      timer.next = null;
      timer.slotTick = STOPPED;
      if (timer.dueTick > this.#tick) this.#link(timer);
      else if (timer.dueTick !== STOPPED) up.push(timer);
      timer = next;
    }
    for (const due of up) {
      // Removed or started anew by an owner that fired before it.
      if (due.dueTick === STOPPED || due.dueTick > this.#tick) continue;
      due.dueTick = STOPPED;
      due.owner.onTimer();
    }
  }

  #link(timer: Timer): void {
    timer.slotTick = Math.min(timer.dueTick, this.#tick + SLOTS - 1);
    const slot = timer.slotTick % SLOTS;
    const first = this.#slots[slot] ?? null;
    timer.previous = null;
    timer.next = first;
    if (first !== null) first.previous = timer;
    this.#slots[slot] = timer;
  }

  #unlink(timer: Timer): void {
    if (timer.previous === null) this.#slots[timer.slotTick % SLOTS] = timer.next;
    else timer.previous.next = timer.next;
    if (timer.next !== null) timer.next.previous = timer.previous;
    timer.previous = null;
    timer.next = null;
    timer.slotTick = STOPPED;
  }
}
