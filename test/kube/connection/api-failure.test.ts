import test from 'ava';
import type { ApiFailureKind } from '../../../src/kube/api-outcome.ts';
import { failureOf } from '../../../src/kube/connection/api-failure.ts';

const status = (reason: string, parts: object = {}): unknown => ({
  kind: 'Status',
  apiVersion: 'v1',
  reason,
  message: 'told',
  ...parts,
});

const means = test.macro<[status: number, answer: unknown, kind: ApiFailureKind]>({
  exec(t, code, answer, kind) {
    t.is(failureOf({ asked: 'GET /x', status: code, retryAfterMs: null, answer }).kind, kind);
  },
  title: (_, code, answer, kind) => `${code} ${JSON.stringify(answer)} is ${kind}`,
});

test(means, 400, status('BadRequest'), 'invalid');
test(means, 401, status('Unauthorized'), 'unauthorized');
test(means, 403, status('Forbidden'), 'forbidden');
test(means, 404, status('NotFound'), 'notFound');
test(means, 404, '404 page not found', 'notFound');
test(means, 409, status('Conflict'), 'conflict');
test(means, 409, status('AlreadyExists'), 'alreadyExists');
test(means, 410, status('Gone'), 'gone');
test(means, 410, status('Expired'), 'gone');
// Some servers tell of an expired token with another status.
test(means, 500, status('Expired'), 'gone');
test(means, 422, status('Invalid'), 'invalid');
test(means, 429, status('TooManyRequests'), 'throttled');
test(means, 429, '', 'throttled');
test(means, 500, status('InternalError'), 'unavailable');
test(means, 502, '<html>', 'unavailable');
test(means, 503, null, 'unavailable');
// Nothing that we ask for is answered by a redirect.
test(means, 302, '', 'unavailable');

test('fields that the server names become problems', t => {
  const details = {
    causes: [
      { reason: 'FieldValueInvalid', message: 'Invalid value: 0', field: 'spec.ports[0].port' },
      { reason: 'X' },
      'no cause',
    ],
  };
  const { problems } = failureOf({
    asked: 'POST /api/v1/services',
    status: 422,
    retryAfterMs: null,
    answer: status('Invalid', { details }),
  });
  t.deepEqual(problems, [
    { code: 'ObjectInvalid', field: 'spec.ports[0].port', message: 'Invalid value: 0' },
    { code: 'ObjectInvalid', field: '(root)', message: 'X' },
  ]);
});

test('a message is one line that a terminal does not obey', t => {
  const { message } = failureOf({
    asked: 'POST /x',
    status: 400,
    retryAfterMs: null,
    answer: status('', { message: 'a\nb\u001b[31m' }),
  });
  t.is(message, 'POST /x: 400 a\\u000ab\\u001b[31m');
});

test('when to come again is told by the header, else by the Status', t => {
  const answer = status('TooManyRequests', { details: { retryAfterSeconds: 3 } });
  const wait = (retryAfterMs: number | null): number | null =>
    failureOf({ asked: '', status: 429, retryAfterMs, answer }).retryAfterMs;
  t.deepEqual([wait(null), wait(1_000)], [3_000, 1_000]);
});
