import type { ExecutionContext } from 'ava';
import { AnnotationReader } from '../../../src/core/policies/annotation-reader.ts';
import { type Annotations, prefixed } from '../../helpers/annotated-router.ts';

type Read = (reader: AnnotationReader) => unknown;

const readBy = (read: Read, annotations: Annotations) => {
  const reader = new AnnotationReader(prefixed(annotations));
  const value = read(reader);
  const nameIn = ({ field }: { readonly field: string }): string =>
    field.replace(/^metadata\.annotations\[(?:nginx\.ingress\.kubernetes\.io\/)?/, '').replace(/\]$/, '');
  return { value, problems: reader.problems.map(nameIn), closing: reader.accessProblems.map(nameIn) };
};

/** Rows of a policy's grammar: what annotations mean, and which of them are at fault. */
export const grammarMacro = (read: Read) => ({
  exec(
    t: ExecutionContext,
    annotations: Annotations,
    value: unknown,
    faults: { readonly problems?: readonly string[]; readonly closing?: readonly string[] } = {},
  ): void {
    t.deepEqual<unknown, unknown>(readBy(read, annotations), { value, problems: [], closing: [], ...faults });
  },
  title: (_: string | undefined, annotations: Annotations): string =>
    `${read.name} reads ${JSON.stringify(annotations)}`,
});
