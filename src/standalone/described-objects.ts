import { sameJson } from '../core/canonical-json.ts';
import { MultiMap } from '../core/multi-map.ts';
import { writtenName } from './duplicate-manifests.ts';
import { compareRank, type Manifest, type ManifestFile, type ManifestSet } from './manifest-files.ts';

/** What became different about a name: what is written of it, or only where that stands. */
export type Touch = 'written' | 'moved';

const NOTHING: ManifestSet = { files: new Map() };

const manifestsOf = (file: ManifestFile | undefined): readonly Manifest[] =>
  file?.ok === true ? file.manifests : [];

/** By name; of one that a file describes twice all of them. */
const named = (manifests: readonly Manifest[]): ReadonlyMap<string, readonly Manifest[]> =>
  Map.groupBy(manifests, writtenName);

const touchOf = (before: readonly Manifest[], after: readonly Manifest[]): Touch | null => {
  const [old, now] = [before[0], after[0]];
  if (before.length !== 1 || after.length !== 1 || old === undefined || now === undefined) return 'written';
  if (old !== now && !sameJson(old.value, now.value)) return 'written';
  return compareRank(old.rank, now.rank) === 0 ? null : 'moved';
};

/** Objects by name, and which manifests describe them: mostly one each. Told whole sets of files, it finds what differs. */
export class DescribedObjects {
  readonly #manifests = new MultiMap<Manifest>();
  #set: ManifestSet = NOTHING;

  /** In order; more than one where several places describe the object. */
  of(name: string): readonly Manifest[] {
    return this.#manifests.get(name).toSorted((a, b) => compareRank(a.rank, b.rank));
  }

  /** Takes over a set of files; returns the names about which something became different. A file that is the same object is not looked into. */
  replace(set: ManifestSet): ReadonlyMap<string, Touch> {
    const before = this.#set.files;
    this.#set = set;
    const gone: Manifest[] = [];
    const come: Manifest[] = [];
    for (const [path, file] of before) if (set.files.get(path) !== file) gone.push(...manifestsOf(file));
    for (const [path, file] of set.files) if (before.get(path) !== file) come.push(...manifestsOf(file));
    return this.#exchange(named(gone), named(come));
  }

  #exchange(
    gone: ReadonlyMap<string, readonly Manifest[]>,
    come: ReadonlyMap<string, readonly Manifest[]>,
  ): ReadonlyMap<string, Touch> {
    const touched = new Map<string, Touch>();
    for (const name of new Set([...gone.keys(), ...come.keys()])) {
      const before = this.#manifests.get(name);
      for (const manifest of gone.get(name) ?? []) this.#manifests.delete(name, manifest);
      for (const manifest of come.get(name) ?? []) this.#manifests.add(name, manifest);
      const touch = touchOf(before, this.#manifests.get(name));
      if (touch !== null) touched.set(name, touch);
    }
    return touched;
  }
}
