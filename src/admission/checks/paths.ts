import type { Problem } from '../../core/problem.ts';
import { readRulePath } from '../../core/rule-path.ts';
import type { Check } from './subject.ts';

/** `PathInvalid` and `RegexInvalid`: a path that no request can have. */
export const pathsAreMatchable: Check = ({ ingress, nginx }) =>
  ingress.rules.flatMap((rule, i) =>
    rule.paths.flatMap((path, j) => {
      const field = `spec.rules[${i}].http.paths[${j}].path`;
      const read = readRulePath(path, { useRegex: nginx.useRegex, field });
      return read.ok ? [] : read.problems;
    }),
  );

/** `PathDuplicate`: the same host, path and type twice, so that one of two backends would never be asked. */
export const pathsAreUnique: Check = ({ ingress, rules }) => {
  const seen = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { index, ownHost } of rules) {
    ingress.rules[index]?.paths.forEach((path, j) => {
      const field = `spec.rules[${index}].http.paths[${j}].path`;
      const written = path.path === '' ? '/' : path.path;
      const identity = JSON.stringify([ownHost, written, path.pathType]);
      const first = seen.get(identity);
      if (first === undefined) seen.set(identity, field);
      else {
        const host = ownHost === '' ? 'all hosts' : `host ${JSON.stringify(ownHost)}`;
        problems.push({
          code: 'PathDuplicate',
          field,
          value: written,
          message: `stands in ${first} too, with the same type, for ${host}; remove one of the two.`,
        });
      }
    });
  }
  return problems;
};
