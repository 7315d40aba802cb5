import test from 'ava';
import { formatReport, type Report, uniqueReports } from '../../src/core/report.ts';

const report = (name: string, message: string): Report => ({
  reason: 'EdgeOfEdge',
  object: { kind: 'Ingress', namespace: 'shop', name },
  message,
});

test('a report prints as one line', t => {
  t.is(formatReport(report('www', 'is wrong.')), 'EdgeOfEdge Ingress shop/www: is wrong.');
});

test('each report stands once, sorted by its object', t => {
  const reports = uniqueReports([report('b', 'x'), report('a', 'y'), report('b', 'x'), report('a', 'x')]);
  t.deepEqual(
    reports.map(({ object, message }) => object.name + message),
    ['ax', 'ay', 'bx'],
  );
});
