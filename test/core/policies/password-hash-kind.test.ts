import test from 'ava';
import { checkedHashKind, type PasswordHashKind } from '../../../src/core/policies/password-hash-kind.ts';

const DIGITS = 'abcdefghijklmnopqrstuubyCG3zY1GIXMyxfivm.ClDiInHzxjiq';

const kinds = test.macro({
  exec(t, hash: string, expected: PasswordHashKind | RegExp) {
    const checked = checkedHashKind(hash);
    if (expected instanceof RegExp) t.regex(checked.ok ? 'fine' : checked.reason, expected);
    else t.deepEqual(checked, { ok: true, kind: expected });
  },
  title: (_, hash, expected) =>
    `${JSON.stringify(hash)} is ${expected instanceof RegExp ? 'refused' : JSON.stringify(expected)}`,
});

test(kinds, '{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=', { kind: 'sha1' });
test(kinds, '$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/', { kind: 'md5' });
test(kinds, '$1$$h9FWgUz3n9YxylKLlR5SQ/', { kind: 'md5' });
for (const variant of ['a', 'b', 'y']) test(kinds, `$2${variant}$10$${DIGITS}`, { kind: 'bcrypt', cost: 10 });
test(kinds, `$2y$04$${DIGITS}`, { kind: 'bcrypt', cost: 4 });
test(kinds, `$2y$14$${DIGITS}`, { kind: 'bcrypt', cost: 14 });
test(kinds, `$2y$15$${DIGITS}`, /bcrypt of cost 15.*htpasswd -B -C 10/);
test(kinds, `$2y$03$${DIGITS}`, /bcrypt of cost 3/);
test(kinds, `$2y$31$${DIGITS}`, /bcrypt of cost 31/);
test(kinds, `$2x$10$${DIGITS}`, /is none of/);
test(kinds, `$2$10$${DIGITS}`, /is none of/);
test(kinds, `$2y$10$${DIGITS}a`, /is none of/);
test(kinds, `$2y$10$${DIGITS.slice(1)}`, /is none of/);
test(kinds, `$2y$1$${DIGITS}`, /is none of/);
test(kinds, ` $2y$10$${DIGITS}`, /is none of/);
test(kinds, `$2y$10$${DIGITS}\n`, /is none of/);
test(kinds, '$6$salt$hash', /is none of bcrypt, MD5-crypt and SHA-1/);
test(kinds, 'secret', /is none of/);
test(kinds, '', /is none of/);
