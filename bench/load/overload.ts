// More requests than the router can answer, at a given rate whatever becomes of them: on an old connection that is
// idle, else on a new one, which is closed after its answer. Health is asked for beside them, and after the load new
// connections find out when all is well again. `node load/overload.ts '<JSON of OverloadTask>'`
import { setTimeout as wait } from 'node:timers/promises';
import type { Latencies, OverloadFigures } from '../samples.ts';
import { poissonArrivals } from './arrivals.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { type Outcome, Requester } from './overload-requester.ts';
import type { OverloadTask } from './overload-task.ts';
import { requestText } from './request-text.ts';

const task = JSON.parse(process.argv[2] ?? '{}') as OverloadTask;

/** New connections under way at a time: a client's machine has no more either. */
const MOST_NEW = 4_000;
const HEALTH_EVERY_MS = 20;
const HEALTH_WITHIN_MS = 5_000;
const WATCHED_AFTER_MS = 10_000;
/** Recovered: so many requests in a row, on new connections, are as fast as before. */
const GOOD_IN_A_ROW = 25;
const AT_LEAST_MS = 20;

const REQUEST = requestText('get-costly', 'shop-0.bench.test', false);
const LAST_REQUEST = REQUEST.replace('Connection: keep-alive', 'Connection: close');
const HEALTH = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

class Tally {
  readonly #histogram = new LatencyHistogram();

  add(milliseconds: number): void {
    this.#histogram.add(milliseconds * 1000);
  }

  latencies(seconds: number): Latencies {
    if (this.#histogram.count === 0) return { perSecond: 0, p50Us: 0, p99Us: 0 };
    return {
      perSecond: this.#histogram.count / seconds,
      p50Us: this.#histogram.quantile(0.5),
      p99Us: this.#histogram.quantile(0.99),
    };
  }
}

const before = new Tally();
const admitted = new Tally();
const refused = new Tally();
const health = new Tally();
let failed = 0;
let healthFailed = 0;
let unsent = 0;
let newUnderWay = 0;

const idle: Requester[] = [];
const once = (port: number, text: string): Promise<Outcome> =>
  new Promise(resolve => {
    new Requester(port, outcome => resolve(outcome)).send(text);
  });

const openOld = (): Promise<void> =>
  new Promise((resolve, reject) => {
    let ready = 0;
    for (let i = 0; i < task.oldConnections; i += 1) {
      const requester: Requester = new Requester(task.port, outcome => {
        if (outcome.status !== 200) reject(new Error(`an old connection got ${outcome.status}`));
        ready += 1;
        idle.push(requester);
        if (ready === task.oldConnections) resolve();
      });
      requester.send(REQUEST);
    }
  });

const count = (outcome: Outcome, ok: Tally): void => {
  if (outcome.status === 200) ok.add(outcome.milliseconds);
  else if (outcome.status === 503) refused.add(outcome.milliseconds);
  else failed += 1;
};

const sendOne = (ok: Tally): void => {
  const old = idle.pop();
  if (old !== undefined) {
    old.onOutcome = outcome => {
      count(outcome, ok);
      // A broken one is not replaced: it counts as failed once, and the load goes on without it.
      if (outcome.status === 200) idle.push(old);
    };
    old.send(REQUEST);
    return;
  }
  if (newUnderWay >= MOST_NEW) {
    unsent += 1;
    return;
  }
  newUnderWay += 1;
  const fresh = new Requester(task.port, outcome => {
    newUnderWay -= 1;
    count(outcome, ok);
  });
  fresh.send(LAST_REQUEST);
};

/** Requests at a rate, as they become due. */
const offer = async (ratePerSecond: number, durationMs: number, ok: Tally): Promise<void> => {
  const next = poissonArrivals(ratePerSecond, 1);
  const startMs = performance.now();
  let dueMs = next();
  while (dueMs < durationMs) {
    const nowMs = performance.now() - startMs;
    for (; dueMs <= nowMs && dueMs < durationMs; dueMs = next()) sendOne(ok);
    await wait(1);
  }
};

const watchHealth = async (isOver: () => boolean): Promise<void> => {
  const { adminPort } = task;
  while (adminPort !== null && !isOver()) {
    const outcome = await once(adminPort, HEALTH);
    if (outcome.status === 200 && outcome.milliseconds < HEALTH_WITHIN_MS) health.add(outcome.milliseconds);
    else healthFailed += 1;
    await wait(HEALTH_EVERY_MS);
  }
};

/** Milliseconds from now to the first of many good answers in a row. */
const recovery = async (goodMs: number): Promise<number | null> => {
  const startMs = performance.now();
  let inARow = 0;
  let firstMs = 0;
  while (inARow < GOOD_IN_A_ROW) {
    const sentMs = performance.now() - startMs;
    if (sentMs > WATCHED_AFTER_MS) return null;
    const { status, milliseconds } = await once(task.port, LAST_REQUEST);
    const isGood = status === 200 && milliseconds <= goodMs;
    if (isGood && inARow === 0) firstMs = sentMs + milliseconds;
    inARow = isGood ? inARow + 1 : 0;
  }
  return firstMs;
};

await openOld();
await offer(task.ratePerSecondBefore, task.beforeMs, before);
let isOver = false;
const watching = watchHealth(() => isOver);
await offer(task.ratePerSecond, task.durationMs, admitted);
isOver = true;
const latenciesBefore = before.latencies(task.beforeMs / 1000);
const recoveryMs = await recovery(Math.max(AT_LEAST_MS, (2 * latenciesBefore.p99Us) / 1000));
await watching;
const seconds = task.durationMs / 1000;
const figures: Omit<OverloadFigures, 'capacityPerSecond' | 'offeredPerSecond'> = {
  before: latenciesBefore,
  admitted: admitted.latencies(seconds),
  refused: refused.latencies(seconds),
  failed,
  unsent,
  health: task.adminPort === null ? null : health.latencies(seconds),
  healthFailed,
  recoveryMs,
};
process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
