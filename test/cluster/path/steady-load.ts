import type { ExecutionContext } from 'ava';
import { ask, type Headers } from './shop.ts';

export type Asked = { readonly host: string; readonly headers?: Headers; readonly pod: string };

export type LoadResult = {
  readonly requests: number;
  /** What came in place of a pod's answer, and how often. */
  readonly failures: Readonly<Record<string, number>>;
};

export type SteadyLoad = {
  readonly stop: () => Promise<LoadResult>;
};

const AT_ONCE = 4;

/** Asks for one after the other, over and over, until it is stopped or the test ends: each must be answered by its pod. */
export const steadyLoad = (t: ExecutionContext, url: string, wanted: readonly Asked[]): SteadyLoad => {
  let isStopped = false;
  t.teardown(() => {
    isStopped = true;
  });
  let requests = 0;
  const failures: Record<string, number> = {};
  const worker = async (): Promise<void> => {
    while (!isStopped) {
      const one = wanted[requests % wanted.length];
      requests += 1;
      if (one === undefined) return;
      const got = await ask(url, one.host, one.headers).catch((error: Error) => error.message);
      if (got === one.pod) continue;
      const failure = `${one.host}: ${got} in place of ${one.pod}`;
      failures[failure] = (failures[failure] ?? 0) + 1;
    }
  };
  const workers = Array.from({ length: AT_ONCE }, worker);
  return {
    stop: async () => {
      isStopped = true;
      await Promise.all(workers);
      return { requests, failures };
    },
  };
};
