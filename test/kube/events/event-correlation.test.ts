import test from 'ava';
import { EVENT_LIMITS, EventCorrelation } from '../../../src/kube/events/event-correlation.ts';
import type { ClusterEvent } from '../../../src/kube/events/event-recorder.ts';

const about = (name: string, message: string, reason = 'HostTaken'): ClusterEvent => ({
  object: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace: 'shop', name, uid: 'u1' },
  type: 'Warning',
  reason,
  message,
});

const at = (nowMs: number): { nowMs: number; wallMs: number } => ({ nowMs, wallMs: 1e12 + nowMs });

test('the same thing told again is counted up in one Event', t => {
  const correlation = new EventCorrelation();
  const first = correlation.take(about('web', 'taken'), at(0));
  const second = correlation.take(about('web', 'taken'), at(5_000));
  t.is(first, second);
  t.like(second, { count: 2, firstWallMs: 1e12, lastWallMs: 1e12 + 5_000, message: 'taken' });
});

test('another object, reason or message is another Event', t => {
  const correlation = new EventCorrelation();
  const entries = [
    about('web', 'taken'),
    about('api', 'taken'),
    about('web', 'taken', 'HostNotAllowed'),
    about('web', 'taken by shop2'),
  ].map(event => correlation.take(event, at(0)));
  t.is(new Set(entries).size, 4);
});

test('many similar messages become one Event with the last of them', t => {
  const correlation = new EventCorrelation();
  const { similarMessages } = EVENT_LIMITS;
  const entries = Array.from({ length: similarMessages + 4 }, (_, index) =>
    correlation.take(about('web', `host ${index}`), at(index)),
  );
  t.is(new Set(entries).size, similarMessages + 1);
  t.like(entries.at(-1), {
    count: 4,
    message: `(combined from similar events): host ${similarMessages + 3}`,
  });
  // A message that was told on its own goes on being counted on its own.
  t.is(correlation.take(about('web', 'host 0'), at(100)), entries[0] ?? null);
});

test('similar messages long apart are told on their own', t => {
  const correlation = new EventCorrelation();
  const entries = Array.from({ length: 20 }, (_, index) =>
    correlation.take(about('web', `host ${index}`), at(index * (EVENT_LIMITS.similarMs + 1))),
  );
  t.is(new Set(entries).size, 20);
});

test('one object is told of 25 times, then once in five minutes; others are not held up', t => {
  const correlation = new EventCorrelation();
  const { burst, refillMs } = EVENT_LIMITS;
  const tell = (name: string, nowMs: number): boolean =>
    correlation.take(about(name, 'taken'), at(nowMs)) !== null;
  t.is(Array.from({ length: 40 }, () => tell('web', 0)).filter(Boolean).length, burst);
  t.true(tell('api', 0));
  t.false(tell('web', refillMs - 1));
  t.true(tell('web', refillMs));
  t.false(tell('web', refillMs + 1));
});

test('what is remembered is bounded', t => {
  const correlation = new EventCorrelation();
  const first = correlation.take(about('web', 'taken'), at(0));
  for (let index = 0; index < EVENT_LIMITS.remembered; index += 1) {
    correlation.take(about(`other-${index}`, 'taken'), at(0));
  }
  const again = correlation.take(about('web', 'taken'), at(1));
  t.not(again, first);
  t.is(again?.count, 1);
});
