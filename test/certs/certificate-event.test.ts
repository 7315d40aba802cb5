import test from 'ava';
import { type CertificateEvent, certificateEventText } from '../../certs/certificate-event.ts';

const text = test.macro({
  exec(t, event: CertificateEvent, expected: string) {
    t.is(certificateEventText(event), expected);
  },
  title: (_, event: CertificateEvent) => `${event.kind} is one sentence`,
});

const reasons = [{ code: 'Missing', message: 'there is none yet' }] as const;
const untilMs = Date.UTC(2030, 0, 1);

test(
  text,
  { kind: 'authority-made', reasons, untilMs, keptCount: 2 },
  'made a new certificate authority, valid until 2030-01-01T00:00:00.000Z (Missing: there is none yet); earlier ones that stay trusted for the overlap: 2',
);
test(
  text,
  { kind: 'trusted-kept', count: 1 },
  'the stored authority is not the one that clients trust; published ones that stay trusted until its own certificate is in service: 1',
);
test(text, { kind: 'published', configuration: 'x' }, 'wrote the caBundle into x');
test(
  text,
  { kind: 'issued', reasons, untilMs },
  'issued a serving certificate, valid until 2030-01-01T00:00:00.000Z (Missing: there is none yet)',
);
test(text, { kind: 'previous-dropped', count: 1 }, 'earlier authorities that are no longer trusted: 1');
test(
  text,
  { kind: 'lost-race', object: 'Secret a/b' },
  'Secret a/b was written by somebody else at the same time; reading again',
);
test(text, { kind: 'served', untilMs }, 'serving a certificate that is valid until 2030-01-01T00:00:00.000Z');
test(
  text,
  { kind: 'not-served', reasons },
  'the stored certificate is not served: Missing: there is none yet',
);
test(
  text,
  { kind: 'not-trusted-yet' },
  'a new certificate waits until the caBundle in every webhook configuration trusts it',
);
