import type { AdmissionOptions } from '../admission/admission-options.ts';
import type { ObjectChanges } from '../core/object-changes.ts';
import type { ObjectSnapshot } from '../core/objects/objects.ts';
import { snapshotOf } from '../core/objects/snapshot-of.ts';
import { keepLastGood, type ManifestError, type ManifestSet, manifestErrors } from './manifest-files.ts';
import { ManifestReader } from './manifest-reader.ts';
import { ManifestStore } from './manifest-store.ts';
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

/** Manifest files as a source of objects: what changes in them goes through admission, and the last good state stays in force. */
export class StandaloneSource {
  readonly #options: StandaloneOptions;
  readonly #reader: ManifestReader;
  readonly #vanished = new VanishedFiles();
  readonly #store: ManifestStore;
  #files: ManifestSet = { files: new Map() };

  constructor(options: StandaloneOptions) {
    this.#options = options;
    this.#reader = new ManifestReader(options);
    this.#store = new ManifestStore(options.admission);
  }

  get snapshot(): ObjectSnapshot {
    return snapshotOf([...this.#store.stored.values()].map(({ object }) => object));
  }

  get claims(): ReadonlyMap<string, string> {
    return this.#store.claims;
  }

  get ingressCount(): number {
    return this.#store.ingressCount;
  }

  takeChanges(): ObjectChanges {
    return this.#store.takeChanges();
  }

  /** Reads the files that changed and takes over what is good in them. */
  async read(): Promise<Reading> {
    const { now, elapsedMs = () => performance.now() } = this.#options;
    const current = this.#vanished.kept(this.#files, await this.#reader.read(), elapsedMs());
    this.#files = keepLastGood(this.#files, current);
    const { errors, warnings } = this.#store.update(this.#files, now());
    return {
      errors: [...manifestErrors(current), ...errors],
      warnings,
      // Timers may be early by one of their milliseconds.
      readAgainInMs: this.#vanished.isWaiting ? VANISH_GRACE_MS + 5 : null,
    };
  }
}
