import test from 'ava';
import { troubleTeller } from '../../src/cli/trouble-line.ts';

test('a failed list is told in words: what was asked, why not, and what is the case meanwhile', t => {
  const told: unknown[] = [];
  const tell = troubleTeller(
    { warn: (fields, line) => told.push([fields, line]) },
    'what is known is served',
  );
  tell({
    kind: 'Service',
    doing: 'list',
    end: 'forbidden',
    message: 'GET /api/v1/services: 403 services is forbidden',
    next: 'list',
    delayMs: 594.776,
  });
  t.deepEqual(told, [
    [
      { kind: 'Service', doing: 'list', end: 'forbidden', next: 'list', delayMs: 595 },
      'list of Service: GET /api/v1/services: 403 services is forbidden; what is known is served',
    ],
  ]);
});
