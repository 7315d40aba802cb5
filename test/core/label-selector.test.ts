import test from 'ava';
import fc from 'fast-check';
import { implies, type Labels, parseLabelPairs, selects } from '../../src/core/label-selector.ts';
import { formatProblem } from '../../src/core/problem.ts';
import { anyText } from '../helpers/any-text.ts';

const pairs = test.macro({
  exec(t, text: string, expected: Labels) {
    const parsed = parseLabelPairs(text, 'f');
    t.deepEqual(parsed.ok ? { ...parsed.value } : parsed.problems, expected);
  },
  title: (_, text) => `${JSON.stringify(text)} is read as labels`,
});
test(pairs, 'track=edge', { track: 'edge' });
test(pairs, ' app.kubernetes.io/version = v2 , track=edge', {
  'app.kubernetes.io/version': 'v2',
  track: 'edge',
});
test(pairs, 'gray=', { gray: '' });
test(pairs, 'constructor=x', { constructor: 'x' } as unknown as Labels);

const PAIRS = 'expected key=value pairs separated by commas, such as "track=edge"';
const KEY =
  'is no label key; write letters, digits, "-", "_" and "." (at most 63), with or without a DNS prefix and "/"';
const VALUE =
  'is no label value; write at most 63 letters, digits, "-", "_" and ".", beginning and ending with a letter or digit';

const refused = test.macro({
  exec(t, text: string, expected: readonly string[]) {
    const parsed = parseLabelPairs(text, 'f');
    t.deepEqual(parsed.ok ? [] : parsed.problems.map(formatProblem), expected);
  },
  title: (_, text) => `${JSON.stringify(text)} is refused as labels`,
});
test(refused, '', [`AnnotationInvalid f "": ${PAIRS}`]);
test(refused, 'track', [`AnnotationInvalid f "track": ${PAIRS}`]);
test(refused, 'track==edge', [`AnnotationInvalid f "track==edge": ${PAIRS}`]);
test(refused, '=edge', [`AnnotationInvalid f "=edge": "" ${KEY}`]);
test(refused, 'a b=c,a/b/c=d,/x=y', [
  `AnnotationInvalid f "a b=c": "a b" ${KEY}`,
  `AnnotationInvalid f "a/b/c=d": "a/b/c" ${KEY}`,
  `AnnotationInvalid f "/x=y": "/x" ${KEY}`,
]);
test(refused, 'track=-edge', [`AnnotationInvalid f "track=-edge": "-edge" ${VALUE}`]);
test(refused, 'a=1,a=2', ['AnnotationInvalid f "a=2": the key "a" stands there twice; keep one of them']);

test('a label value of 63 characters is read and one of 64 is refused', t => {
  t.true(parseLabelPairs(`a=${'x'.repeat(63)}`, 'f').ok);
  t.false(parseLabelPairs(`a=${'x'.repeat(64)}`, 'f').ok);
});

test('reading labels of any text never throws', t => {
  fc.assert(
    fc.property(anyText(), text => typeof parseLabelPairs(text, 'f').ok === 'boolean'),
    { numRuns: 500 },
  );
  t.pass();
});

test('a selector selects labels that hold all of its pairs, and what is only inherited is no label', t => {
  t.true(selects({ app: 'a' }, { app: 'a', track: 'edge' }));
  t.false(selects({ app: 'a', track: 'edge' }, { app: 'a' }));
  t.false(selects({ app: 'a' }, { app: 'b' }));
  t.false(selects({ app: 'a' }, Object.create({ app: 'a' })));
});

test('a selector implies another just if every label set that it selects is selected by the other', t => {
  const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('x', 'y'));
  fc.assert(
    fc.property(labels, labels, labels, (selector, other, more) => {
      const selected = { ...more, ...selector };
      const broken = implies(selector, other) && !selects(other, selected);
      const missed = !implies(selector, other) && selects(other, selector);
      return !broken && !missed;
    }),
    { numRuns: 500 },
  );
  t.true(implies({ a: 'x', b: 'y' }, { a: 'x' }));
  t.false(implies({ a: 'x' }, { a: 'x', b: 'y' }));
});
