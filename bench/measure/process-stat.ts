/** What /proc/PID/stat tells of one process, all of its threads together (proc(5)). */
export type ProcessStat = {
  readonly pid: number;
  readonly parentPid: number;
  readonly cpuTicks: number;
  readonly residentPages: number;
};

/** Reads one line of /proc/PID/stat; undefined where it is none. */
export const parseProcessStat = (line: string): ProcessStat | undefined => {
  // A command's name may hold blanks and parentheses: the fields begin behind the last one.
  const close = line.lastIndexOf(')');
  const pid = Number.parseInt(line, 10);
  const fields = line
    .slice(close + 1)
    .trim()
    .split(/\s+/);
  const [parentPid, utime, stime, residentPages] = [fields[1], fields[11], fields[12], fields[21]].map(
    Number,
  );
  if (close === -1 || Number.isNaN(pid) || parentPid === undefined || residentPages === undefined)
    return undefined;
  const cpuTicks = (utime ?? Number.NaN) + (stime ?? Number.NaN);
  return Number.isNaN(cpuTicks + parentPid + residentPages)
    ? undefined
    : { pid, parentPid, cpuTicks, residentPages };
};

/** A process and everything below it: nginx' and our workers belong to their primary's bill. */
export const processTree = (root: number, all: readonly ProcessStat[]): readonly ProcessStat[] => {
  const tree = all.filter(({ pid }) => pid === root);
  // Grows while it is walked; a parent chain has no cycles.
  for (const { pid } of tree) for (const child of all) if (child.parentPid === pid) tree.push(child);
  return tree;
};

/** Ticks of one core; stolen ones, in which the hypervisor let somebody else run, are busy ones too. */
export type CoreTicks = { readonly busy: number; readonly stolen: number; readonly total: number };

/** Reads /proc/stat's line of one core: user nice system idle iowait irq softirq steal (proc(5)). */
export const parseCoreTicks = (stat: string, core: number): CoreTicks | undefined => {
  const line = stat.split('\n').find(each => each.startsWith(`cpu${core} `));
  if (line === undefined) return undefined;
  // Guest time, which stands behind these eight, is part of user time already.
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, value) => sum + value, 0);
  return { busy: total - (ticks[3] ?? 0) - (ticks[4] ?? 0), stolen: ticks[7] ?? 0, total };
};

/** Share of the time between two looks that a core was busy. */
export const busyShare = (before: CoreTicks, after: CoreTicks): number =>
  after.total === before.total ? 0 : (after.busy - before.busy) / (after.total - before.total);

/** Share of the time between two looks that the hypervisor took from a core: everything on it stood still meanwhile. */
export const stolenShare = (before: CoreTicks, after: CoreTicks): number =>
  after.total === before.total ? 0 : (after.stolen - before.stolen) / (after.total - before.total);
