import test from 'ava';
import { AnnotationReader } from '../../../src/core/policies/annotation-reader.ts';
import { readSourceRanges } from '../../../src/core/policies/source-ranges.ts';
import { type Annotations, prefixed } from '../../helpers/annotated-router.ts';

const read = (annotations: Annotations) => {
  const reader = new AnnotationReader(prefixed(annotations));
  const ranges = readSourceRanges(reader);
  return { ranges, problems: reader.problems.length, closing: reader.accessProblems.length };
};

const meanings = test.macro({
  exec(t, annotations: Annotations, ranges: unknown) {
    t.deepEqual(read(annotations), { ranges, problems: 0, closing: 0 } as never);
  },
  title: (_, annotations) => `${JSON.stringify(annotations)} is read`,
});

test(meanings, {}, undefined);
test(
  meanings,
  { 'whitelist-source-range': '10.1.2.3/8, 192.168.1.7,::1' },
  {
    denied: [],
    allowed: ['10.0.0.0/8', '192.168.1.7/32', '::1/128'],
  },
);
test(
  meanings,
  { 'allowlist-source-range': '10.0.0.0/8,10.0.0.0/8' },
  { denied: [], allowed: ['10.0.0.0/8'] },
);
test(meanings, { 'denylist-source-range': '10.0.0.0/8' }, { denied: ['10.0.0.0/8'], allowed: null });
test(
  meanings,
  { 'whitelist-source-range': '10.0.0.0/8', 'allowlist-source-range': '10.0.0.0/8' },
  {
    denied: [],
    allowed: ['10.0.0.0/8'],
  },
);

const closing = test.macro({
  exec(t, annotations: Annotations) {
    const { problems, closing } = read(annotations);
    t.deepEqual({ problems, closing }, { problems: 0, closing: 1 });
  },
  title: (_, annotations) => `${JSON.stringify(annotations)} closes the route`,
});

for (const name of ['whitelist-source-range', 'allowlist-source-range', 'denylist-source-range'])
  for (const value of [
    '',
    'off',
    '10.0.0.0/33',
    '10.0.0.0/8,',
    '10.0.0.0/8;10.1.0.0/16',
    '010.0.0.1',
    'localhost',
  ])
    test(closing, { [name]: value });
test(closing, { 'whitelist-source-range': '10.0.0.0/8', 'allowlist-source-range': '10.0.0.0/16' });
