import { readFileSync } from 'node:fs';

/** A connection of a client takes a second one, to a pod. */
const FILES_PER_CONNECTION = 2;

/** What a process of ours has open besides: its program, pipes to its neighbours, the listening socket. */
const OWN_FILES = 100;

/** `Max open files` of `/proc/self/limits`: the soft limit, which Node has raised to the hard one; null: unlimited, or not told. */
export const openFileLimit = (limits: string): number | null => {
  const [, soft] = /^Max open files +(\d+) /m.exec(limits) ?? [];
  return soft === undefined ? null : Number(soft);
};

/** The limit of this process, which its workers inherit; null where Linux' `/proc` is not there to say it. */
export const ownOpenFileLimit = (): number | null => {
  try {
    return openFileLimit(readFileSync('/proc/self/limits', 'utf8'));
  } catch {
    return null;
  }
};

/** What to say where a worker would run out of files before it reaches its limit of connections; null: nothing. */
export const openFilesWarning = (limit: number | null, maxConnections: number): string | null => {
  if (limit === null || limit >= maxConnections * FILES_PER_CONNECTION) return null;
  const needed = maxConnections * FILES_PER_CONNECTION + OWN_FILES;
  const possible = Math.max(1, Math.floor((limit - OWN_FILES) / FILES_PER_CONNECTION));
  return `warning: each worker may open ${limit} files, but ${maxConnections} connections need ${needed} (one to the client and one to a pod for each): raise the limit (\`ulimit -n ${needed}\` in a shell, LimitNOFILE= of systemd, the limit of the container runtime), or take fewer with --max-connections ${possible}.`;
};
