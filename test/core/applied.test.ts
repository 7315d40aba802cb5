import test from 'ava';
import fc from 'fast-check';
import { APPLIED } from '../../src/core/annotation-names.ts';
import { type Applied, printApplied, readApplied } from '../../src/core/applied.ts';
import { anyText } from '../helpers/any-text.ts';
import { jsonOf, PROTOTYPE_NAMES } from '../helpers/arbitrary-json.ts';

const reading = (text: string): Applied | undefined => readApplied({ [APPLIED]: text });

test('the record is printed as canonical JSON with sorted annotations', t => {
  const applied: Applied = {
    dns: ['b', 'a'],
    sections: { tickets: 'intent', hosts: 'generated' },
    entry: '',
    by: 'sluice.dev/router',
  };
  t.is(
    printApplied(applied),
    '{"by":"sluice.dev/router","dns":["a","b"],"entry":"","sections":{"hosts":"generated","tickets":"intent"}}',
  );
});

test('what is printed is read again', t => {
  const origin = fc.constantFrom('intent', 'generated', 'hand');
  const records = fc.record({
    by: anyText(),
    entry: fc.oneof(anyText(), fc.constantFrom(...PROTOTYPE_NAMES)),
    sections: fc.record(
      { hosts: origin, tickets: origin, serviceMap: origin, onEmptyEdge: origin },
      { requiredKeys: [] },
    ),
    dns: fc.array(fc.oneof(anyText(), fc.constantFrom(...PROTOTYPE_NAMES))),
  }) as fc.Arbitrary<Applied>;
  fc.assert(
    fc.property(records, applied => {
      const read = reading(printApplied(applied));
      t.like(read, { by: applied.by, entry: applied.entry, dns: [...applied.dns].sort() });
      t.deepEqual({ ...read?.sections }, { ...applied.sections });
      t.is(printApplied(read ?? applied), printApplied(applied));
    }),
    { numRuns: 300 },
  );
});

test('no annotation is no record', t => {
  t.is(readApplied({}), undefined);
});

const noRecord = test.macro<[text: string]>({
  exec(t, text: string) {
    t.is(reading(text), undefined);
  },
  title: (_, text) => `${JSON.stringify(text.slice(0, 60))} is no record`,
});

for (const text of [
  '',
  '{',
  'null',
  '[]',
  '"by"',
  '{}',
  '{"by":"x"}',
  '{"entry":""}',
  '{"by":1,"entry":""}',
  '{"by":"x","entry":null}',
])
  test(noRecord, text);
test(noRecord, '['.repeat(60_000));

test('forged parts are left out, the rest stays', t => {
  t.deepEqual(
    reading(
      '{"by":"x","entry":"e","sections":{"hosts":"mine","tickets":"hand","other":"hand","__proto__":"hand"},"dns":[1,"a",null]}',
    ),
    { by: 'x', entry: 'e', sections: { tickets: 'hand' }, dns: ['a'] },
  );
  t.deepEqual(reading('{"by":"x","entry":"e","sections":[],"dns":{}}'), {
    by: 'x',
    entry: 'e',
    sections: {},
    dns: [],
  });
});

test('any text is a record of our form or none', t => {
  const texts = fc.oneof(
    fc.string(),
    jsonOf(['by', 'entry', 'sections', 'dns', 'hosts', 'hand']).map(value => JSON.stringify(value)),
    jsonOf(['hosts', 'tickets', 'intent']).map(sections =>
      JSON.stringify({ by: 'x', entry: '', sections, dns: sections }),
    ),
  );
  fc.assert(
    fc.property(texts, text => {
      const read = reading(text);
      if (read === undefined) return;
      t.true(Object.values(read.sections).every(origin => ['intent', 'generated', 'hand'].includes(origin)));
      t.true(read.dns.every(name => typeof name === 'string'));
    }),
    { numRuns: 1000 },
  );
});
