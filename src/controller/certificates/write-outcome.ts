import type { WriteOutcome } from '../../../certs/stores.ts';
import type { ApiFailureKind, Outcome } from '../../kube/api-outcome.ts';

/** What means that somebody else was there first. */
const LOST: Readonly<Record<'create' | 'change', readonly ApiFailureKind[]>> = {
  create: ['alreadyExists', 'conflict'],
  // Gone since it was read.
  change: ['conflict', 'notFound'],
};

/** Certificates are kept by a loop that takes every other failure for "try again": it is thrown. */
export const writeOutcome = (written: Outcome<unknown>, how: 'create' | 'change'): WriteOutcome => {
  if (written.ok) return 'written';
  const { kind, message } = written.failure;
  if (LOST[how].includes(kind)) return 'conflict';
  throw new Error(message);
};

/** What was read; null where there is no such object. */
export const readOutcome = <T>(read: Outcome<T>): T | null => {
  if (read.ok) return read.value;
  if (read.failure.kind === 'notFound') return null;
  throw new Error(read.failure.message);
};
