import { SortedParts } from '../core/sorted-parts.ts';
import type { ManifestError, ManifestRank } from './manifest-files.ts';

/** What there is to say of one object. */
export type Remarks = {
  readonly errors: readonly ManifestError[];
  readonly warnings: readonly ManifestError[];
};

/** Longer than any index: places sort as texts. */
const INDEX_DIGITS = 8;

const placeText = ({ file, index }: ManifestRank, name: string): string =>
  `${file}\0${`${index}`.padStart(INDEX_DIGITS, '0')}\0${name}`;

/** What was last said of each object, in the order in which the objects stand. */
export class ToldRemarks {
  readonly #places = new Map<string, string>();
  readonly #errors = new SortedParts<readonly ManifestError[]>();
  readonly #warnings = new SortedParts<readonly ManifestError[]>();

  get errors(): readonly ManifestError[] {
    return this.#errors.list.flat();
  }

  get warnings(): readonly ManifestError[] {
    return this.#warnings.list.flat();
  }

  set(name: string, rank: ManifestRank, { errors, warnings }: Remarks): void {
    this.delete(name);
    if (errors.length + warnings.length === 0) return;
    const place = placeText(rank, name);
    this.#places.set(name, place);
    if (errors.length > 0) this.#errors.set(place, errors);
    if (warnings.length > 0) this.#warnings.set(place, warnings);
  }

  delete(name: string): void {
    const place = this.#places.get(name);
    if (place === undefined) return;
    this.#places.delete(name);
    this.#errors.delete(place);
    this.#warnings.delete(place);
  }
}
