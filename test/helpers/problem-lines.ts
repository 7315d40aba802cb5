import type { ExecutionContext } from 'ava';
import { formatProblem, type Problem } from '../../src/core/problem.ts';

/** What may not reach a terminal: control characters, line separators, bidirectional and invisible characters. */
export const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

/** Asserts that every problem is one printable line that says more than its code. */
export const assertPrintable = (t: ExecutionContext, problems: readonly Problem[]): void => {
  for (const problem of problems) {
    t.notRegex(formatProblem(problem), UNPRINTABLE);
    t.notRegex(problem.message, /[\r\n]/);
    t.true(problem.message.length >= 20, problem.message);
  }
};

/** `Code field` of each problem, in order. */
export const codesAndFields = (problems: readonly Problem[]): readonly string[] =>
  problems.map(({ code, field }) => `${code} ${field}`);
