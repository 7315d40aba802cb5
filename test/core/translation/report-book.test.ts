import test from 'ava';
import fc from 'fast-check';
import { type Report, uniqueReports } from '../../../src/core/report.ts';
import { ReportBook } from '../../../src/core/translation/report-book.ts';

const report = fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y')).map(
  ([name, message]): Report => ({
    reason: 'ServiceMissing',
    object: { kind: 'Service', namespace: 'shop', name },
    message,
  }),
);

const steps = fc.array(
  fc.record({ origin: fc.constantFrom('one', 'two', 'three'), reports: fc.array(report, { maxLength: 3 }) }),
);

test('what all origins say last is listed, each once', t => {
  const property = fc.property(steps, list => {
    const book = new ReportBook();
    const last = new Map<string, readonly Report[]>();
    return list.every(({ origin, reports }) => {
      book.set(origin, reports);
      last.set(origin, reports);
      return JSON.stringify(book.list) === JSON.stringify(uniqueReports([...last.values()].flat()));
    });
  });
  t.notThrows(() => fc.assert(property, { numRuns: 300 }));
});

test('an origin that says the same again changes nothing', t => {
  const book = new ReportBook();
  const [one] = fc.sample(report, 1);
  if (one === undefined) throw new Error('a sample of one has one');
  book.set('one', [one]);
  const { list } = book;
  book.set('one', [{ ...one }]);
  t.deepEqual(book.list, list);
  book.set('two', []);
  t.is(book.list, book.list);
});
