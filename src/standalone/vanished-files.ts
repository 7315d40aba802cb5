import { manifestIdentity } from './duplicate-manifests.ts';
import type { ManifestFile, ManifestSet } from './manifest-files.ts';

/** Longer than a tool takes that saves by deleting and creating, and short of the second within which a change is live. */
export const VANISH_GRACE_MS = 300;

type GoodFile = Extract<ManifestFile, { readonly ok: true }>;

const EMPTIED = 'it is empty now, and what it held is kept: delete the file to take that out of force';

const emptied = (path: string, { root }: GoodFile): ManifestFile => {
  const error = { file: path, document: null, line: null, column: null, message: EMPTIED };
  return { root, ok: false, errors: [error] };
};

const identities = ({ files }: ManifestSet): ReadonlySet<string> =>
  new Set(
    [...files.values()].flatMap(file =>
      file.ok ? file.manifests.map(manifest => manifestIdentity(manifest) ?? '') : [],
    ),
  );

/** True if the file held objects and is gone, or holds not even a comment, while its folder can be read. */
const hasVanished = (path: string, file: GoodFile, { files }: ManifestSet): boolean => {
  const now = files.get(path);
  if (now === undefined) return files.get(file.root)?.ok !== false;
  return now.ok && now.isBlank && file.manifests.length > 0;
};

/**
 * Files that are gone or empty, each since when. Tools save a file by deleting and creating it, or by emptying
 * and writing it: a reading between the two must not take its routes out of force. A file that stays empty keeps
 * them for good, since `command > file.yaml` may run for long.
 */
export class VanishedFiles {
  readonly #sinceMs = new Map<string, number>();
  #isWaiting = false;

  /** True if the last reading kept a file for the time being: read again after the grace, nothing else will tell. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** What was read, and of what is in force that which has only just vanished. */
  kept(inForce: ManifestSet, current: ManifestSet, nowMs: number): ManifestSet {
    let present: ReadonlySet<string> | null = null;
    const kept = new Map<string, ManifestFile>();
    this.#isWaiting = false;
    for (const path of this.#sinceMs.keys()) if (!inForce.files.has(path)) this.#sinceMs.delete(path);
    for (const [path, file] of inForce.files) {
      if (!file.ok || !hasVanished(path, file, current)) {
        this.#sinceMs.delete(path);
        continue;
      }
      const sinceMs = this.#sinceMs.get(path) ?? nowMs;
      this.#sinceMs.set(path, sinceMs);
      if (nowMs - sinceMs < VANISH_GRACE_MS) {
        this.#isWaiting = true;
        // An object that was moved to another file stands there now.
        present ??= identities(current);
        const there = present;
        const manifests = file.manifests.filter(each => !there.has(manifestIdentity(each) ?? ''));
        kept.set(path, { ...file, manifests });
      } else if (current.files.has(path)) {
        kept.set(path, emptied(path, file));
      }
    }
    return { files: new Map([...current.files, ...kept]) };
  }
}
