import type { ClusterVersion } from '../versions.ts';

/** A step of an installation; what is done already is not done again. */
export type Step = {
  /** What it does, as a message shows it: `builds kube-apiserver`. */
  readonly about: string;
  readonly isDone: () => boolean;
  /** Rejects with what went wrong and what to do. */
  readonly run: () => Promise<void>;
};

const seconds = (sinceMs: number): string => `${Math.round((performance.now() - sinceMs) / 1000)} s`;

/** Runs the steps one after the other up to the first that fails, and says how long each took. */
export const runSteps = async (
  version: ClusterVersion,
  steps: readonly Step[],
  print: (line: string) => void,
): Promise<boolean> => {
  for (const { about, isDone, run } of steps) {
    if (isDone()) {
      print(`${version}: ${about}: done before`);
      continue;
    }
    print(`${version}: ${about} …`);
    const startedMs = performance.now();
    try {
      await run();
    } catch (error) {
      print(`${version}: ${about}: FAILED after ${seconds(startedMs)}: ${(error as Error).message}`);
      return false;
    }
    print(`${version}: ${about}: ${seconds(startedMs)}`);
  }
  return true;
};
