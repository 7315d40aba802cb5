import type { Named, ObjectRef } from '../kind.ts';
import type { Change } from './object-store.ts';

/** What has changed of one kind since somebody last took it. */
export class ChangeLog<T extends Named> {
  readonly #pending = new Map<string, { readonly ref: ObjectRef; readonly before: T | undefined }>();

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  note(ref: ObjectRef, before: T | undefined): void {
    const key = `${ref.namespace}/${ref.name}`;
    // The first one counts: it is what was told last.
    if (!this.#pending.has(key)) this.#pending.set(key, { ref, before });
  }

  /** Takes what has changed, and forgets it; what is again as it was, or came and went, is left out. */
  take(current: (ref: ObjectRef) => T | undefined): readonly Change<T>[] {
    const changes = [...this.#pending.values()].map(({ ref, before }) => ({
      ...ref,
      before,
      after: current(ref),
    }));
    this.#pending.clear();
    return changes.filter(({ before, after }) => before !== after);
  }
}
