import type { LimitUse } from '../policies/limit-ledger.ts';
import type { WorkerProcess } from './worker-process.ts';

const tellOf = (from: WorkerProcess, use: LimitUse, to: WorkerProcess): void => {
  if (to !== from) to.tell({ kind: 'limits', worker: from.process.pid ?? 0, use });
};

/** Passes on to the other workers what one says of its limits. */
export const relayUse = (workers: Iterable<WorkerProcess>, from: WorkerProcess, use: LimitUse): void => {
  if (use.running !== null) from.running = use.running;
  for (const to of workers) tellOf(from, use, to);
};

/** Tells a new worker, which knows the plan by now, what the others have under way. */
export const tellRunning = (workers: Iterable<WorkerProcess>, to: WorkerProcess): void => {
  for (const from of workers)
    if (from.running !== null) tellOf(from, { passed: [], running: from.running }, to);
};

/** What a worker that has gone had under way is over. */
export const relayEnd = (workers: Iterable<WorkerProcess>, gone: WorkerProcess): void => {
  if (gone.running !== null) relayUse(workers, gone, { passed: [], running: [] });
};
