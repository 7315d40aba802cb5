import { readFile } from 'node:fs/promises';
import type { ProcessMemory } from '../samples.ts';
import { usageOf } from './machine.ts';

const FIELDS = ['Rss', 'Pss', 'Private_Clean', 'Private_Dirty'] as const;

/** Reads /proc/PID/smaps_rollup (proc(5)); undefined where it lacks a field. */
export const parseSmapsRollup = (text: string): Omit<ProcessMemory, 'role'> | undefined => {
  const [resident, proportional, clean, dirty] = FIELDS.map(field =>
    Number(new RegExp(`^${field}: +(\\d+) kB$`, 'm').exec(text)?.[1] ?? Number.NaN),
  );
  if (resident === undefined || proportional === undefined || clean === undefined || dirty === undefined)
    return undefined;
  if (Number.isNaN(resident + proportional + clean + dirty)) return undefined;
  return {
    residentBytes: resident * 1024,
    proportionalBytes: proportional * 1024,
    privateBytes: (clean + dirty) * 1024,
  };
};

/** The memory of a contender's processes, each apart; one without any below it is its own worker. */
export const memoryOf = async (root: number): Promise<readonly ProcessMemory[]> => {
  const { pids } = await usageOf(root);
  const texts = await Promise.all(
    pids.map(pid => readFile(`/proc/${pid}/smaps_rollup`, 'latin1').catch(() => '')),
  );
  return texts.flatMap((text, index) => {
    const memory = parseSmapsRollup(text);
    if (memory === undefined) return [];
    return [{ role: pids.length > 1 && pids[index] === root ? 'primary' : 'worker', ...memory }];
  });
};
