import type { Named, ObjectRef } from '../kind.ts';
import type { Incoming } from './incoming.ts';

/** Where a reflector puts what it learns. */
export interface ObjectSink<T extends Named> {
  /** New or changed; readable or not. */
  put(incoming: Incoming<T>): void;
  remove(ref: ObjectRef): void;
  /** These and no others are there. */
  replaceAll(all: Iterable<Incoming<T>>): void;
}
