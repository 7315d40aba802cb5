import type { AdmissionOptions } from '../admission/admission-options.ts';
import { type ObjectChanges, PendingChanges } from '../core/object-changes.ts';
import type { ObjectSnapshot } from '../core/objects/objects.ts';
import {
  keepLastGood,
  type ManifestError,
  type ManifestSet,
  manifestErrors,
  rankedManifests,
  readManifests,
} from './manifest-files.ts';
import { NOTHING_STORED, type StoredObjects, snapshotOf, storeManifests } from './stored-objects.ts';
import { VANISH_GRACE_MS, VanishedFiles } from './vanished-files.ts';

/** What one reading of the files brought. */
export type Reading = {
  /** What was refused, file by file and object by object; what was in force in its place still is. */
  readonly errors: readonly ManifestError[];
  readonly warnings: readonly ManifestError[];
  /** A file has only just vanished and is kept for so long: read again then. Null: all is as it stands. */
  readonly readAgainInMs: number | null;
};

export type StandaloneOptions = {
  /** Files and folders, as `-f` names them. */
  readonly paths: readonly string[];
  readonly admission: AdmissionOptions;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /**
   * Milliseconds of a clock that nobody sets.
   * @default performance.now
   */
  readonly elapsedMs?: () => number;
};

/** Manifest files as a source of objects: every reading goes through admission, and the last good state stays in force. */
export class StandaloneSource {
  readonly #options: StandaloneOptions;
  readonly #vanished = new VanishedFiles();
  #files: ManifestSet = { files: new Map() };
  #stored: StoredObjects = NOTHING_STORED;
  #snapshot: ObjectSnapshot = snapshotOf([]);
  readonly #pending = new PendingChanges();

  constructor(options: StandaloneOptions) {
    this.#options = options;
  }

  get snapshot(): ObjectSnapshot {
    return this.#snapshot;
  }

  get claims(): ReadonlyMap<string, string> {
    return this.#stored.claims;
  }

  get stored(): StoredObjects {
    return this.#stored;
  }

  takeChanges(): ObjectChanges {
    return this.#pending.take();
  }

  /** Reads all files anew and takes over what is good in them. */
  async read(): Promise<Reading> {
    const { paths, admission, now, elapsedMs = () => performance.now() } = this.#options;
    const current = this.#vanished.kept(this.#files, await readManifests(paths), elapsedMs());
    this.#files = keepLastGood(this.#files, current);
    const outcome = storeManifests(this.#stored, rankedManifests(this.#files), {
      options: admission,
      nowMs: now(),
    });
    this.#note(this.#stored, outcome.stored);
    this.#stored = outcome.stored;
    this.#snapshot = snapshotOf([...outcome.stored.byName.values()].map(({ object }) => object));
    return {
      errors: [...manifestErrors(current), ...outcome.errors],
      warnings: outcome.warnings,
      // Timers may be early by one of their milliseconds.
      readAgainInMs: this.#vanished.isWaiting ? VANISH_GRACE_MS + 5 : null,
    };
  }

  #note(before: StoredObjects, after: StoredObjects): void {
    for (const [name, { object }] of after.byName)
      if (before.byName.get(name)?.object !== object) this.#pending.set(object);
    for (const [name, { object }] of before.byName) {
      if (after.byName.has(name)) continue;
      const { kind, metadata } = object;
      this.#pending.remove({ kind, namespace: metadata.namespace, name: metadata.name });
    }
    for (const [domain, holder] of after.claims)
      if (before.claims.get(domain) !== holder) this.#pending.claim(domain, holder);
    for (const domain of before.claims.keys())
      if (!after.claims.has(domain)) this.#pending.claim(domain, null);
  }
}
