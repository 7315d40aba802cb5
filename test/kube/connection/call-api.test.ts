import test, { type ExecutionContext } from 'ava';
import type { ApiFailureKind } from '../../../src/kube/api-outcome.ts';
import { callApi } from '../../../src/kube/connection/call-api.ts';
import type { ApiRequest, Transport } from '../../../src/kube/connection/transport.ts';
import { ManualClock } from '../../helpers/kube/manual-clock.ts';

type Answer = { readonly status?: number; readonly chunks: readonly string[]; readonly end?: 'hang' | 'cut' };

async function* bodyOf({ chunks, end }: Answer, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
  if (end === 'cut') throw new Error('aborted');
  if (end === 'hang') {
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
  }
}

const world = (answer: Answer) => {
  const clock = new ManualClock();
  const calls = { renewals: 0 };
  const transport: Transport = {
    send: async ({ signal }: ApiRequest) => ({
      status: answer.status ?? 200,
      retryAfterMs: null,
      body: bodyOf(answer, signal),
    }),
    renewCredentials: () => {
      calls.renewals += 1;
    },
    close: () => {},
  };
  const call = (maxBytes = 1_000) =>
    callApi(
      { method: 'GET', path: '/api/v1/pods?limit=500' },
      { transport, clock, timeoutMs: 5_000, maxBytes },
    );
  return { clock, calls, call };
};

const fails = async (
  t: ExecutionContext,
  answer: Answer,
  kind: ApiFailureKind,
  message: RegExp,
): Promise<void> => {
  const outcome = await world(answer).call();
  t.false(outcome.ok);
  if (outcome.ok) return;
  t.is(outcome.failure.kind, kind);
  t.regex(outcome.failure.message, message);
};

test('an answer is JSON, in however many pieces', async t => {
  t.deepEqual(await world({ chunks: ['{"a"', ':"\u00fc"}'] }).call(), { ok: true, value: { a: 'ü' } });
});

test('an answer that is no JSON is unreadable', t =>
  fails(t, { chunks: ['<html>'] }, 'unreadable', /no JSON/));

test('an answer that is cut off is no answer', t =>
  fails(t, { chunks: ['{"a":1}'], end: 'cut' }, 'unreachable', /^GET \/api\/v1\/pods: aborted$/));

test('an answer without end is given up when it is too large', t =>
  fails(
    t,
    { chunks: Array.from({ length: 20 }, () => 'x'.repeat(100)), end: 'hang' },
    'unreadable',
    /more than 1000 bytes/,
  ));

test('an answer that stops in the middle is given up in time', async t => {
  const { clock, call } = world({ chunks: ['{'], end: 'hang' });
  const asked = call();
  await new Promise(resolve => setImmediate(resolve));
  clock.advance(5_000);
  const outcome = await asked;
  t.false(outcome.ok);
  if (outcome.ok) return;
  t.like(outcome.failure, {
    kind: 'unreachable',
    message: 'GET /api/v1/pods: no whole answer within 5000 ms',
  });
});

test('credentials that were refused are read anew', async t => {
  const { calls, call } = world({ status: 401, chunks: ['{"reason":"Unauthorized"}'] });
  t.false((await call()).ok);
  t.is(calls.renewals, 1);
});

test('the error page of a proxy is a message', t =>
  fails(t, { status: 502, chunks: ['<h1>Bad Gateway</h1>'] }, 'unavailable', /502 <h1>Bad Gateway/));
