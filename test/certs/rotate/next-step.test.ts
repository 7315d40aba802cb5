import { X509Certificate } from 'node:crypto';
import test from 'ava';
import type { Assessment } from '../../../certs/rotate/assessment.ts';
import { nextStep, type Step, type Waited } from '../../../certs/rotate/next-step.ts';
import { authorityAt, NOW_MS } from '../../helpers/certificates.ts';

type Sound = Extract<Assessment, { kind: 'authority' }>;

const authority = authorityAt(NOW_MS);
const other = new X509Certificate(authorityAt(NOW_MS).certificate);
const due = [{ code: 'RenewalDue', message: '' }] as const;

const steady: Sound = {
  kind: 'authority',
  authority,
  authorityPem: authority.certificate,
  previous: [],
  isPreviousInForce: false,
  orphaned: null,
  bundle: authority.certificate,
  outdated: [],
  isAnnounced: true,
  reasons: [],
};
const rotating: Partial<Sound> = { previous: [other], isPreviousInForce: true };

type Done = Exclude<Step, { kind: 'wait' }>['kind'] | Extract<Step, { kind: 'wait' }>['phase'];

const step = test.macro({
  exec(t, found: Partial<Sound>, waited: Partial<Waited>, expected: Done) {
    const next = nextStep(
      { ...steady, ...found },
      { announcedMs: -1, switchedMs: -1, overlapMs: 60, ...waited },
    );
    t.is(next.kind === 'wait' ? next.phase : next.kind, expected);
  },
  title: (given = '', _found: unknown, _waited: unknown, expected: Done) => `${given}: ${expected}`,
});

test('all is as it should be', step, {}, {}, 'nothing');
test('a configuration holds something else', step, { outdated: [1] }, {}, 'publish');
test('a certificate is due and nobody else signed before', step, { reasons: due }, {}, 'issue');
test(
  'a certificate is due and a configuration cannot be written',
  step,
  { reasons: due, outdated: [0], isAnnounced: false },
  {},
  'issue',
);
test('a new authority that nobody knows', step, { ...rotating, reasons: due, outdated: [0] }, {}, 'publish');
test('a new authority just announced', step, { ...rotating, reasons: due }, { announcedMs: 0 }, 'announcing');
test('announced almost long enough', step, { ...rotating, reasons: due }, { announcedMs: 59 }, 'announcing');
test('announced long enough', step, { ...rotating, reasons: due }, { announcedMs: 60 }, 'issue');
test('a new certificate in force', step, rotating, { announcedMs: 60, switchedMs: 0 }, 'retiring');
test('in force almost long enough', step, rotating, { announcedMs: 119, switchedMs: 59 }, 'retiring');
test('in force long enough', step, rotating, { announcedMs: 120, switchedMs: 60 }, 'drop-previous');
test('earlier authorities that have ended', step, { previous: [other] }, {}, 'drop-previous');
test(
  'earlier authorities that have ended, and no certificate',
  step,
  { previous: [other], reasons: due },
  {},
  'issue',
);
test(
  'what clients trust is about to be lost',
  step,
  { orphaned: [other], outdated: [0] },
  {},
  'keep-trusted',
);

test('without an authority one is made, and what clients trust is kept', t => {
  const waited = { announcedMs: 99, switchedMs: 99, overlapMs: 60 };
  t.deepEqual(nextStep({ kind: 'no-authority', reasons: due, trusted: [other] }, waited), {
    kind: 'make-authority',
    reasons: due,
    previous: [other],
  });
});
