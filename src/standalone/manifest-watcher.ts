import { type FSWatcher, watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isManifestName } from './manifest-files.ts';

/** What a watcher does with the world, so that a test can take one of its two senses away. */
export type WatchOptions = {
  readonly paths: readonly string[];
  /** Called after a change has settled; read everything anew then. Never called after `close`. */
  readonly onChange: () => void;
  /**
   * How often the files' times are looked at: fs.watch misses changes on network and some container file systems.
   * @default 500
   */
  readonly pollMs?: number;
  /**
   * Changes closer together than this are one, so that an editor's save is not read half-way.
   * @default 50
   */
  readonly settleMs?: number;
  /** @default fs.watch of node:fs */
  readonly watchFolder?: WatchFolder;
};

/** Tells of changes in a folder by the name of the entry, null where the system does not say. */
export type WatchFolder = (folder: string, onEvent: (name: string | null) => void) => { close(): void };

export type ManifestWatcher = {
  /** Ends everything at once; no timer or handle is left. */
  close(): void;
};

/** Under steady changes, every so many settle times one is reported all the same. */
const MAX_SETTLES = 4;

/** Survives what the folder does not: an error of the system's watch leaves the poll to notice. */
const watchBySystem: WatchFolder = (folder, onEvent) => {
  let watcher: FSWatcher | null = null;
  try {
    watcher = watch(folder, { persistent: true }, (_, name) => onEvent(name));
    watcher.on('error', () => watcher?.close());
  } catch {
    // Not there at the moment, or out of inotify watches (fs.inotify.max_user_watches).
  }
  return { close: () => watcher?.close() };
};

/** One entry as text that differs whenever its content may: a save within one tick of the clock still has its own ctime or inode. */
const entryPrint = async (path: string): Promise<string> => {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, mode } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs, mode].join(' ');
  } catch (cause) {
    return `${(cause as NodeJS.ErrnoException).code}`;
  }
};

const isFolder = async (path: string): Promise<boolean> =>
  stat(path).then(
    stats => stats.isDirectory(),
    () => false,
  );

/** Empty where there is none. Its birth counts: a folder made anew often gets the old one's inode number. */
const folderIdentity = (folder: string): Promise<string> =>
  stat(folder, { bigint: true }).then(
    ({ dev, ino, birthtimeNs }) => [dev, ino, birthtimeNs].join(' '),
    () => '',
  );

/** A given path as it is now: the folder in which it changes, and a text that differs whenever it did. */
type Look = { readonly folder: string; readonly isFolder: boolean; readonly print: string };

const lookAt = async (path: string): Promise<Look> => {
  if (!(await isFolder(path))) {
    return { folder: dirname(path), isFolder: false, print: await entryPrint(path) };
  }
  const names = await readdir(path).catch(() => []);
  const manifests = names.filter(isManifestName).sort();
  const prints = await Promise.all(manifests.map(async name => [name, await entryPrint(join(path, name))]));
  return { folder: path, isFolder: true, print: JSON.stringify(prints) };
};

class Watching {
  readonly #paths: readonly string[];
  readonly #onChange: () => void;
  readonly #pollMs: number;
  readonly #settleMs: number;
  readonly #watchFolder: WatchFolder;
  /** By folder; a folder that was made anew has another identity and needs another watch. */
  readonly #watches = new Map<string, { readonly identity: string; close(): void }>();
  readonly #given: ReadonlySet<string>;
  #print = '';
  #pollTimer: NodeJS.Timeout | undefined;
  #settleTimer: NodeJS.Timeout | undefined;
  #settles = 0;
  /** An event named one of our files: what the times say does not matter then. */
  #touched = false;
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor({ paths, onChange, pollMs = 500, settleMs = 50, watchFolder = watchBySystem }: WatchOptions) {
    this.#paths = [...new Set(paths.map(path => resolve(path)))];
    this.#given = new Set(this.#paths);
    this.#onChange = onChange;
    this.#pollMs = pollMs;
    this.#settleMs = settleMs;
    this.#watchFolder = watchFolder;
  }

  async start(): Promise<void> {
    // Watches first: a change while the times are read is then an event.
    await this.#renewedPrint();
    this.#print = await this.#renewedPrint();
    this.#schedulePoll();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#pollTimer);
    clearTimeout(this.#settleTimer);
    for (const each of this.#watches.values()) each.close();
    this.#watches.clear();
  }

  async #renewedPrint(): Promise<string> {
    const looks = await Promise.all(this.#paths.map(lookAt));
    await this.#renewWatches(looks);
    return JSON.stringify(looks);
  }

  async #renewWatches(looks: readonly Look[]): Promise<void> {
    const wanted = new Set(looks.map(({ folder }) => folder));
    for (const folder of wanted) {
      const identity = await folderIdentity(folder);
      if (this.#closed) return;
      const present = this.#watches.get(folder);
      if (present?.identity === identity) continue;
      present?.close();
      this.#watches.delete(folder);
      if (identity === '') continue;
      const watching = this.#watchFolder(folder, name => this.#noticed(folder, name));
      this.#watches.set(folder, { identity, close: () => watching.close() });
    }
    for (const [folder, each] of this.#watches) {
      if (wanted.has(folder)) continue;
      each.close();
      this.#watches.delete(folder);
    }
  }

  #noticed(folder: string, name: string | null): void {
    if (this.#closed) return;
    const path = name === null ? folder : join(folder, name);
    const isInGivenFolder = this.#given.has(folder) && name !== null && isManifestName(name);
    this.#touched ||= isInGivenFolder || this.#given.has(path);
    this.#settle();
  }

  #settle(): void {
    if (this.#settles >= MAX_SETTLES) return;
    this.#settles += 1;
    clearTimeout(this.#settleTimer);
    this.#settleTimer = setTimeout(() => {
      this.#settles = 0;
      this.#inTurn(() => this.#report());
    }, this.#settleMs);
  }

  /** One look at a time: two at once would set up the same watch twice and lose one of them. */
  #inTurn(task: () => Promise<void>): void {
    this.#turn = this.#turn.then(() => (this.#closed ? undefined : task()));
  }

  async #report(): Promise<void> {
    // Taken and looked at before it is reported: what changes while it is read is then the next report.
    const touched = this.#touched;
    this.#touched = false;
    const print = await this.#renewedPrint();
    if (this.#closed || (print === this.#print && !touched)) return;
    this.#print = print;
    this.#onChange();
  }

  async #poll(): Promise<void> {
    if ((await this.#renewedPrint()) !== this.#print && !this.#closed) this.#settle();
    this.#schedulePoll();
  }

  #schedulePoll(): void {
    if (this.#closed) return;
    this.#pollTimer = setTimeout(() => this.#inTurn(() => this.#poll()), this.#pollMs);
  }
}

/**
 * Watches files and folders, those that are not there yet too, and tells of every change within a second
 * (DESIGN 8). Resolves once nothing that happens later can be missed: read the files after that. Keeps the
 * process alive until it is closed.
 */
export const watchManifests = async (options: WatchOptions): Promise<ManifestWatcher> => {
  const watching = new Watching(options);
  await watching.start();
  return watching;
};
