import { readdir, readFile } from 'node:fs/promises';
import {
  type CoreTicks,
  type ProcessStat,
  parseCoreTicks,
  parseProcessStat,
  processTree,
} from './process-stat.ts';

/** Linux' USER_HZ and page size on every machine that this runs on (x86-64 and arm64 with 4 KiB pages). */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

const readStats = async (): Promise<readonly ProcessStat[]> => {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')));
  return lines.flatMap(line => parseProcessStat(line) ?? []);
};

/** What a process and all below it have used so far. */
export type Usage = {
  readonly pids: readonly number[];
  readonly cpuSeconds: number;
  readonly residentBytes: number;
};

export const usageOf = async (root: number): Promise<Usage> => {
  const tree = processTree(root, await readStats());
  const sum = (of: (stat: ProcessStat) => number): number =>
    tree.reduce((total, stat) => total + of(stat), 0);
  return {
    pids: tree.map(({ pid }) => pid),
    cpuSeconds: sum(({ cpuTicks }) => cpuTicks) / TICKS_PER_SECOND,
    residentBytes: sum(({ residentPages }) => residentPages) * PAGE_BYTES,
  };
};

export const coreTicks = async (core: number): Promise<CoreTicks> => {
  const ticks = parseCoreTicks(await readFile('/proc/stat', 'latin1'), core);
  if (ticks === undefined) throw new Error(`/proc/stat has no core ${core}`);
  return ticks;
};
