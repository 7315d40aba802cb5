import type { AdmissionOptions } from '../admission/admission-options.ts';
import type { ObjectSnapshot } from '../core/objects/objects.ts';
import {
  keepLastGood,
  type ManifestError,
  type ManifestSet,
  manifestErrors,
  rankedManifests,
  readManifests,
  refuseEmptied,
} from './manifest-files.ts';
import { NOTHING_STORED, type StoredObjects, snapshotOf, storeManifests } from './stored-objects.ts';

/** What one reading of the files brought. */
export type Reading = {
  /** What was refused, file by file and object by object; what was in force in its place still is. */
  readonly errors: readonly ManifestError[];
  readonly warnings: readonly ManifestError[];
};

export type StandaloneOptions = {
  /** Files and folders, as `-f` names them. */
  readonly paths: readonly string[];
  readonly admission: AdmissionOptions;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** Manifest files as a source of objects: every reading goes through admission, and the last good state stays in force. */
export class StandaloneSource {
  readonly #options: StandaloneOptions;
  #files: ManifestSet = { files: new Map() };
  #stored: StoredObjects = NOTHING_STORED;
  #snapshot: ObjectSnapshot = snapshotOf([]);

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

  /** Reads all files anew and takes over what is good in them. */
  async read(): Promise<Reading> {
    const { paths, admission, now } = this.#options;
    const current = refuseEmptied(this.#files, await readManifests(paths));
    this.#files = keepLastGood(this.#files, current);
    const outcome = storeManifests(this.#stored, rankedManifests(this.#files), {
      options: admission,
      nowMs: now(),
    });
    this.#stored = outcome.stored;
    this.#snapshot = snapshotOf([...outcome.stored.byName.values()].map(({ object }) => object));
    return { errors: [...manifestErrors(current), ...outcome.errors], warnings: outcome.warnings };
  }
}
