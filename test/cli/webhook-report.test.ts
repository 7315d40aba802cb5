import test from 'ava';
import type { WebhookEvent } from '../../src/admission/server/webhook-event.ts';
import { WebhookReport } from '../../src/cli/webhook-report.ts';

type Line = { readonly level: string; readonly fields: object; readonly message: string };

const world = () => {
  const lines: Line[] = [];
  const counted: unknown[] = [];
  const clock = { nowMs: 0 };
  const level =
    (name: string) =>
    (fields: object, message: string): void =>
      void lines.push({ level: name, fields, message });
  const report = new WebhookReport(
    { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') },
    {
      reviewed: review => counted.push(review),
      refused: reason => counted.push(reason),
      handshakeFailed: () => counted.push('handshake'),
    },
    () => clock.nowMs,
  );
  return { report, lines, counted, clock };
};

const REVIEW: WebhookEvent = {
  kind: 'reviewed',
  webhook: 'validate',
  outcome: 'denied',
  uid: 'u',
  operation: 'CREATE',
  namespace: 'shop',
  name: 'web',
  username: 'anna',
  dryRun: false,
  codes: ['HostTaken'],
  warningCount: 1,
  durationMs: 2,
};

test('a denial is a line with who, what and which codes; what is admitted is told to those who debug', t => {
  const { report, lines, counted } = world();
  report.take(REVIEW);
  report.take({ ...REVIEW, outcome: 'patched', codes: [] });
  const { kind: _, durationMs: __, ...fields } = REVIEW;
  t.deepEqual(lines, [
    { level: 'info', fields, message: 'denied' },
    { level: 'debug', fields: { ...fields, outcome: 'patched', codes: [] }, message: 'patched' },
  ]);
  t.like(counted[0], { webhook: 'validate', outcome: 'denied', codes: ['HostTaken'], seconds: 0.002 });
});

const refusal = (reason: 'BadReview' | 'NotFound' | 'BodyCutOff'): WebhookEvent => ({
  kind: 'refused',
  reason,
  status: 400,
  detail: '',
});

test('of many refused calls twenty in ten seconds are told, and how many were not; all are counted', t => {
  const { report, lines, counted, clock } = world();
  for (let call = 0; call < 50; call += 1) report.take(refusal('BadReview'));
  t.is(lines.length, 20);
  t.is(counted.length, 50);
  clock.nowMs = 10_000;
  report.take(refusal('BadReview'));
  t.deepEqual(lines.at(-1)?.fields, { reason: 'BadReview', status: 400, hidden: 30 });
  report.take(refusal('BadReview'));
  t.deepEqual(lines.at(-1)?.fields, { reason: 'BadReview', status: 400 });
});

test('who asks for a page that is not there, or goes away, is counted and not told', t => {
  const { report, lines, counted } = world();
  report.take(refusal('NotFound'));
  report.take(refusal('BodyCutOff'));
  t.deepEqual(lines, []);
  t.deepEqual(counted, ['NotFound', 'BodyCutOff']);
});

test('a bug is an error, a handshake that failed is for those who debug', t => {
  const { report, lines, counted } = world();
  const error = new Error('broken');
  report.take({ kind: 'bug', error });
  report.take({ kind: 'handshakeFailed', code: 'ERR_SSL' });
  t.deepEqual(
    lines.map(({ level, fields }) => ({ level, fields })),
    [
      { level: 'error', fields: { err: error } },
      { level: 'debug', fields: { code: 'ERR_SSL' } },
    ],
  );
  t.deepEqual(counted, ['handshake']);
});
