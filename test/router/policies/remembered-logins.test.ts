import test from 'ava';
import { RememberedLogins } from '../../../router/policies/remembered-logins.ts';

const HOUR_MS = 3_600_000;
const HASHES = new Map([['ana', 'h1']]);
const ANA = { user: 'ana', hash: 'h1' };
const NOBODY = { user: 'nobody', hash: undefined };

test('what was checked is known for an hour', t => {
  const logins = new RememberedLogins();
  logins.remember('right', ANA, true, 0);
  logins.remember('wrong', ANA, false, 0);
  logins.remember('nobody', NOBODY, false, 0);
  const known = (nowMs: number) =>
    ['right', 'wrong', 'nobody', 'other'].map(digest => logins.recall(digest, HASHES, nowMs));
  t.deepEqual(known(HOUR_MS - 1), [true, false, false, undefined]);
  t.deepEqual(known(HOUR_MS), [undefined, undefined, undefined, undefined]);
  t.is(logins.size, 0);
});

test('it ends when the hash of that user changes, goes or comes, and with nothing else', t => {
  const logins = new RememberedLogins();
  const recalled = (entries: readonly (readonly [string, string])[]) => {
    logins.remember('right', ANA, true, 0);
    logins.remember('nobody', NOBODY, false, 0);
    return ['right', 'nobody'].map(digest => logins.recall(digest, new Map(entries), 0));
  };
  t.deepEqual(
    recalled([
      ['ana', 'h1'],
      ['zoe', 'h9'],
    ]),
    [true, false],
  );
  t.deepEqual(recalled([['ana', 'h2']]), [undefined, false]);
  t.deepEqual(recalled([]), [undefined, false]);
  t.deepEqual(
    recalled([
      ['ana', 'h1'],
      ['nobody', 'h3'],
    ]),
    [true, undefined],
  );
});

test('a flood of wrong ones is forgotten, and pushes out no right one', t => {
  const logins = new RememberedLogins();
  logins.remember('right', ANA, true, 0);
  for (let nth = 0; nth < 10_000; nth += 1) logins.remember(`wrong ${nth}`, ANA, false, 0);
  t.is(logins.recall('right', HASHES, 0), true);
  t.is(logins.recall('wrong 0', HASHES, 0), undefined);
  t.is(logins.recall('wrong 9999', HASHES, 0), false);
  t.is(logins.size, 1025);
  for (let nth = 0; nth < 10_000; nth += 1) logins.remember(`right ${nth}`, ANA, true, 0);
  t.is(logins.size, 1024 + 4096);
});

test('the name under which credentials are remembered tells nothing without the key', t => {
  const [one, other] = [new RememberedLogins(), new RememberedLogins()];
  t.is(one.digestOf('YW5hOnNlY3JldA=='), one.digestOf('YW5hOnNlY3JldA=='));
  t.not(one.digestOf('YW5hOnNlY3JldA=='), one.digestOf('YW5hOnNlY3JldQ=='));
  t.not(one.digestOf('YW5hOnNlY3JldA=='), other.digestOf('YW5hOnNlY3JldA=='));
});
