import test from 'ava';
import fc from 'fast-check';
import { bundleOf, certificatesIn } from '../../certs/certificates-in.ts';
import { authorityAt, NOW_MS } from '../helpers/certificates.ts';

const [a, b] = [authorityAt(NOW_MS).certificate, authorityAt(NOW_MS).certificate];

test('what is no certificate is passed over, as an API server does', t => {
  const text = `# ours\r\n${a.replaceAll('\n', '\r\n')}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\nx${b}`;
  t.is(bundleOf(certificatesIn(text)), a + b);
});

test('no more than 64 are read', t => {
  t.is(certificatesIn(a.repeat(100)).length, 64);
});

test('any text is read without an error', t => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom('-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----', 'MIIB', '\n', a),
  );
  fc.assert(
    fc.property(fc.array(piece), pieces => {
      const whole = pieces.filter(one => one === a).length;
      t.true(certificatesIn(pieces.join('')).length <= whole);
    }),
    { numRuns: 200 },
  );
});
