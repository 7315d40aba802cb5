import { hash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  compareText,
  isManifestName,
  type ManifestError,
  type ManifestFile,
  type ManifestSet,
  parseManifests,
} from './manifest-files.ts';

/** etcd takes 1.5 MiB of one object; whoever hands in more than a few of these gave the wrong file. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;

/**
 * Times of a file say that it is as it was only once they lie so far back: before, it may be written twice within one
 * tick of its file system's clock (2 s on the coarsest).
 */
const SETTLED_MS = 2_500;

/** Files that are looked at side by side. */
const FILES_AT_ONCE = 32;

/** Text in the bytes of a file: UTF-8, as YAML 1.2 and JSON ask, without a byte order mark. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

const failure = (file: string, message: string): ManifestError => ({
  file,
  document: null,
  line: null,
  column: null,
  message,
});

const systemMessages: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'there is no such file or folder',
  EACCES: 'it may not be read by this user',
  EPERM: 'it may not be read by this user',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  EMFILE: 'this process has too many open files',
  EISDIR: 'it has become a folder while it was read',
};

const isSystemError = (cause: unknown): cause is NodeJS.ErrnoException =>
  cause instanceof Error && 'syscall' in cause && 'code' in cause;

/** What the system says about a path, in words; anything but the system's answer is a bug and thrown on. */
const systemFailure = (file: string, cause: unknown): ManifestError => {
  // Node itself refuses a path with a zero byte.
  if (cause instanceof TypeError && file.includes('\0')) return failure(file, 'a path holds no zero byte');
  if (!isSystemError(cause)) throw cause;
  return failure(file, systemMessages[cause.code ?? ''] ?? `the system says ${cause.code}`);
};

/** A file found: the path to show, the given path that led to it, and the one that tells it from others. */
type Found = { readonly file: string; readonly root: string; readonly path: string };

const notRead = ({ root }: Found, error: ManifestError): ManifestFile => ({
  root,
  ok: false,
  errors: [error],
});

const tooLarge = (bytes: bigint): string =>
  `it has ${bytes} bytes, more than the ${MAX_FILE_BYTES} that are read: split it`;

const isUndecodable = (cause: unknown): boolean =>
  cause instanceof TypeError && 'code' in cause && cause.code === 'ERR_ENCODING_INVALID_ENCODED_DATA';

const findFiles = async (root: string): Promise<readonly Found[] | ManifestError> => {
  try {
    if (!(await stat(root)).isDirectory()) return [{ file: root, root, path: resolve(root) }];
    const folder = resolve(root);
    const names = (await readdir(root)).filter(isManifestName);
    return names.map(name => ({ file: join(root, name), root, path: join(folder, name) }));
  } catch (cause) {
    return systemFailure(root, cause);
  }
};

/** What was read of a file. */
type Known = Found & {
  readonly manifests: ManifestFile;
  readonly digest: string;
  /** What the system said of the file then; null where that does not tell yet whether it will have changed. */
  readonly print: string | null;
};

const printOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats, nowMs: number): string | null => {
  const youngest = Number(mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1e6;
  return nowMs - youngest < SETTLED_MS ? null : [dev, ino, size, mtimeNs, ctimeNs].join(' ');
};

export type ManifestReaderOptions = {
  /** Files and folders, as `-f` names them. */
  readonly paths: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/**
 * Reads manifests as `kubectl apply -f` finds them: files of any name, and of a folder the `.yaml`, `.yml` and
 * `.json` files in it but not those below. One broken file says so and hides no other (DESIGN 10). A file that did
 * not change is not read again, and what was read of it stays the same object.
 */
export class ManifestReader {
  readonly #options: ManifestReaderOptions;
  /** By path. */
  #known: ReadonlyMap<string, Known> = new Map();

  constructor(options: ManifestReaderOptions) {
    this.#options = options;
  }

  async read(): Promise<ManifestSet> {
    const wanted = new Map<string, Found>();
    const entries = new Map<string, readonly [path: string, file: ManifestFile]>();
    for (const root of this.#options.paths) {
      const found = await findFiles(root);
      if ('message' in found) entries.set(resolve(root), [root, { root, ok: false, errors: [found] }]);
      // A file given twice, by itself and by its folder, is read once.
      else for (const one of found) if (!wanted.has(one.path)) wanted.set(one.path, one);
    }
    const known = new Map<string, Known>();
    const all = [...wanted.values()];
    for (let at = 0; at < all.length; at += FILES_AT_ONCE) {
      const some = all.slice(at, at + FILES_AT_ONCE).map(one => this.#readFile(one, known));
      for (const [one, file] of await Promise.all(some))
        if (file !== null) entries.set(one.path, [one.file, file]);
    }
    this.#known = known;
    const sorted = [...entries].sort(([a], [b]) => compareText(a, b));
    return { files: new Map(sorted.map(([, entry]) => entry)) };
  }

  /** Null where an entry of a folder is gone again, or is no file. */
  async #readFile(
    found: Found,
    known: Map<string, Known>,
  ): Promise<readonly [found: Found, file: ManifestFile | null]> {
    const { file, root } = found;
    const isGiven = file === root;
    try {
      // Looked at before it is read: what changes in between makes the next look differ.
      const stats = await stat(file, { bigint: true });
      if (!stats.isFile()) {
        const error = failure(file, 'it is neither a file nor a folder');
        return [found, isGiven ? notRead(found, error) : null];
      }
      if (stats.size > MAX_FILE_BYTES) return [found, notRead(found, failure(file, tooLarge(stats.size)))];
      const read = await this.#readContent(found, printOf(stats, this.#options.now()));
      known.set(found.path, read);
      return [found, read.manifests];
    } catch (cause) {
      if (isUndecodable(cause)) {
        return [found, notRead(found, failure(file, 'its bytes are no UTF-8 text: save it as UTF-8'))];
      }
      const error = systemFailure(file, cause);
      const isGone = !isGiven && isSystemError(cause) && cause.code === 'ENOENT';
      return [found, isGone ? null : notRead(found, error)];
    }
  }

  async #readContent(found: Found, print: string | null): Promise<Known> {
    const { file, root, path } = found;
    const known = this.#known.get(path);
    const isSame = known !== undefined && known.file === file && known.root === root;
    if (isSame && print !== null && known.print === print) return known;
    const bytes = await readFile(file);
    const digest = hash('sha256', bytes);
    if (isSame && known.digest === digest) return { ...known, print };
    return { ...found, manifests: parseManifests(file, utf8.decode(bytes), root), digest, print };
  }
}

/** Reads manifests once. */
export const readManifests = (paths: readonly string[]): Promise<ManifestSet> =>
  new ManifestReader({ paths, now: Date.now }).read();
