import test from 'ava';
import { isDnsLabel, isDnsSubdomain } from '../../../src/core/objects/dns-name.ts';

test('a label has letters, digits and "-" within, at most 63 characters', t => {
  for (const text of ['a', '0a', 'a-b', 'a'.repeat(63)]) t.true(isDnsLabel(text), text);
  for (const text of ['', '-a', 'a-', 'A', 'a.b', 'a_b', 'a\n', 'a'.repeat(64)])
    t.false(isDnsLabel(text), text);
});

test('a subdomain is labels joined by dots, at most 253 characters', t => {
  for (const text of ['a', 'a.b-c.d', 'a'.repeat(253)]) t.true(isDnsSubdomain(text), text);
  for (const text of ['', '.', 'a.', '.a', 'a..b', 'a/b', 'a'.repeat(254)])
    t.false(isDnsSubdomain(text), text);
});
