import test from 'ava';
import fc from 'fast-check';
import { HSTS } from '../../../src/core/annotation-names.ts';
import { AnnotationReader } from '../../../src/core/policies/annotation-reader.ts';
import { readHsts } from '../../../src/core/policies/hsts.ts';

const read = (value: string) => {
  const reader = new AnnotationReader({ [HSTS]: value });
  return {
    value: readHsts(reader)?.value,
    problems: reader.problems.map(({ code, field }) => `${code} ${field}`),
  };
};

const accepted = test.macro({
  exec(t, written: string, value: string) {
    t.deepEqual(read(written), { value, problems: [] });
  },
  title: (_, written) => `${JSON.stringify(written)} is told to browsers`,
});

test(accepted, 'max-age=31536000', 'max-age=31536000');
test(accepted, 'max-age=0', 'max-age=0');
test(accepted, 'MAX-AGE = "60" ;; includesubdomains;', 'max-age=60; includeSubDomains');
test(
  accepted,
  'preload; includeSubDomains; max-age=31536000',
  'max-age=31536000; includeSubDomains; preload',
);

const refused = test.macro({
  exec(t, written: string) {
    t.deepEqual(read(written), {
      value: undefined,
      problems: [`AnnotationInvalid metadata.annotations[${HSTS}]`],
    });
  },
  title: (_, written) => `${JSON.stringify(written)} is refused`,
});

for (const written of [
  '',
  'true',
  '31536000',
  'max-age',
  'max-age=',
  'max-age=-1',
  'max-age=1.5',
  'max-age=3155760001',
  'max-age=99999999999',
  'max-age="60',
  'max-age=60, includeSubDomains',
  'max-age=60; max-age=60',
  'max-age=60; includeSubDomains; includesubdomains',
  'max-age=60; includeSubDomains=true',
  'max-age=60; report-uri=/x',
  'max-age=60\r\nSet-Cookie: a=b',
  'includeSubDomains',
  'max-age=31536000; preload',
  'max-age=31535999; includeSubDomains; preload',
])
  test(refused, written);

test('an Ingress without it says nothing', t => {
  t.is(readHsts(new AnnotationReader({})), undefined);
});

test('whatever is told is a value of this grammar, and read as itself', t => {
  const parts = fc.constantFrom(
    'max-age=60',
    'max-age="31536000"',
    'preload',
    'includeSubDomains',
    '',
    ' x ',
    ';',
  );
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 4 }), list => {
        const { value } = read(list.join(';'));
        return (
          value === undefined ||
          (/^max-age=\d+(?:; includeSubDomains)?(?:; preload)?$/.test(value) && read(value).value === value)
        );
      }),
      { numRuns: 300 },
    ),
  );
});
