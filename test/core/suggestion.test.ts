import test from 'ava';
import fc from 'fast-check';
import { nearestOf } from '../../src/core/suggestion.ts';
import { anyText } from '../helpers/any-text.ts';

const KNOWN = ['header', 'cookie', 'query', 'percent', 'to', 'services'];

const suggestions = test.macro<[name: string, meant: string | undefined]>({
  exec(t, name: string, meant: string | undefined) {
    t.is(nearestOf(name, KNOWN), meant === undefined ? undefined : `did you mean "${meant}"?`);
  },
  title: (_, name, meant) => `${JSON.stringify(name.slice(0, 40))} suggests ${meant ?? 'nothing'}`,
});

test(suggestions, 'headers', 'header');
test(suggestions, 'haeder', 'header');
test(suggestions, 'HEADER', 'header');
test(suggestions, 'cokie', 'cookie');
test(suggestions, 'service', 'services');
test(suggestions, 'ta', 'to');
test(suggestions, 'ab', undefined);
test(suggestions, '', undefined);
test(suggestions, 'weight', undefined);
test(suggestions, '__proto__', undefined);
test(suggestions, 'header'.repeat(100_000), undefined);

test('the nearest name wins', t => {
  t.is(nearestOf('prefix', ['suffix', 'prefixes', 'prefix']), 'did you mean "prefix"?');
  t.is(nearestOf('hosts', ['host', 'hosts']), 'did you mean "hosts"?');
});

test('nothing known, nothing suggested', t => {
  t.is(nearestOf('a', []), undefined);
});

test('one slip in a known name of four or more letters is always understood', t => {
  fc.assert(
    fc.property(
      fc.constantFrom('header', 'cookie', 'query', 'percent'),
      fc.nat(),
      fc.constantFrom('z', ''),
      (name, at, put) => {
        const index = at % name.length;
        const slip = name.slice(0, index) + put + name.slice(index + 1);
        t.is(nearestOf(slip, KNOWN), `did you mean "${name}"?`);
      },
    ),
    { numRuns: 300 },
  );
});

test('the suggestion is a known name or none, for any text', t => {
  fc.assert(
    fc.property(anyText(), name => {
      const suggestion = nearestOf(name, KNOWN);
      t.true(suggestion === undefined || KNOWN.some(known => suggestion === `did you mean "${known}"?`));
    }),
    { numRuns: 500 },
  );
});
