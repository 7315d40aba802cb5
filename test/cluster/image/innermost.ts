import { readdirSync, readFileSync } from 'node:fs';

/** Processes that `pid` has started. Each thread has its own list, and buildah, in Go, starts them from any. */
const childrenOf = (pid: number): readonly number[] =>
  readdirSync(`/proc/${pid}/task`).flatMap(thread => {
    const list = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim();
    return list === '' ? [] : list.split(' ').map(Number);
  });

/** Node's own process, for buildah kills what it runs where it is told to stop itself; null before Node has started. */
export const innermost = (pid: number): number | null => {
  if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]?.endsWith('node') === true) return pid;
  const [child] = childrenOf(pid);
  return child === undefined ? null : innermost(child);
};
