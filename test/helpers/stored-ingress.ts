import { type Manifest, type ReviewParts, review } from './admission.ts';
import { annotated, applied, patched, replaced } from './kubectl.ts';

/** One Ingress in an API server whose webhook we are: each write passes admission, and is stored or refused. */
export class StoredIngress {
  #live: Manifest | null = null;
  #parts: Omit<ReviewParts, 'old'>;
  /** Of the last write. */
  warnings: readonly string[] = [];

  constructor(parts: Omit<ReviewParts, 'old'> = {}) {
    this.#parts = parts;
  }

  get live(): Manifest {
    if (this.#live === null) throw new Error('nothing is stored yet');
    return this.#live;
  }

  apply(file: Manifest): this {
    return this.#write(applied(file, this.#live));
  }

  annotate(annotations: Readonly<Record<string, string | null>>): this {
    return this.#write(annotated(this.live, annotations));
  }

  patch(patch: Manifest): this {
    return this.#write(patched(this.live, patch));
  }

  replace(file: Manifest): this {
    return this.#write(replaced(file, this.live));
  }

  #write(object: Manifest): this {
    const admission = review(object, { ...this.#parts, old: this.#live });
    if (admission.denials.length > 0) throw new Error(`refused: ${JSON.stringify(admission.denials)}`);
    this.warnings = admission.warnings;
    this.#live = admission.object as Manifest;
    return this;
  }
}
