import type { Problem } from '../core/problem.ts';

/** Codes that are about a host or port and not about the place where it is named: such a problem is new when that is. */
const OWNERSHIP_CODES: ReadonlySet<string> = new Set([
  'HostTaken',
  'HostNotAllowed',
  'PortTaken',
  'PortNotAllowed',
]);

/**
 * What makes two problems the same one although rules moved or a list that is too long became shorter: the code,
 * the field without its indexes, and the value, or the message without its numbers.
 */
const identity = ({ code, field, value, message }: Problem): string =>
  OWNERSHIP_CODES.has(code)
    ? JSON.stringify([code, value])
    : JSON.stringify([code, field.replace(/\[\d+\]/g, '[]'), value ?? message.replace(/\d+/g, '0')]);

/** Problems of an update, split by whether the stored object has them already. */
export type SplitProblems = { readonly added: readonly Problem[]; readonly known: readonly Problem[] };

/**
 * Tells what an update adds (DESIGN 5): the stored object's problems excuse as many of their kind, since a
 * second bad path is no older for looking like the first.
 */
export const splitProblems = (problems: readonly Problem[], before: readonly Problem[]): SplitProblems => {
  const excused = new Map<string, number>();
  for (const problem of before) {
    const key = identity(problem);
    excused.set(
      key,
      OWNERSHIP_CODES.has(problem.code) ? Number.POSITIVE_INFINITY : (excused.get(key) ?? 0) + 1,
    );
  }
  const added: Problem[] = [];
  const known: Problem[] = [];
  for (const problem of problems) {
    const key = identity(problem);
    const left = excused.get(key) ?? 0;
    if (left > 0) {
      excused.set(key, left - 1);
      known.push(problem);
    } else {
      added.push(problem);
    }
  }
  return { added, known };
};
