import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import {
  type PasswordOutcome,
  PasswordVerifier,
  type VerifierOptions,
} from '../../../router/policies/password-verifier.ts';

// Each is of "secret".
const BCRYPT = '$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW';
const APR1 = '$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/';
/** The thread throws at it; Secrets with it do not get this far. */
const BROKEN = BCRYPT.replace('$2y$', '$2x$');

const world = (options: Partial<VerifierOptions> = {}) => {
  const logged: string[] = [];
  const verifier = new PasswordVerifier({ log: message => logged.push(message), now: () => 0, ...options });
  const verify = (password: string, hash: string, isWanted = () => true): Promise<PasswordOutcome> =>
    new Promise(resolve =>
      verifier.verify(world, { password: Buffer.from(password), hash, isWanted, onOutcome: resolve }),
    );
  return { verify, logged };
};

/** An unreferenced thread keeps no process, and so no test, alive. */
const held = setInterval(() => undefined, 1000);
test.after.always(() => clearInterval(held));

test('passwords are checked against both kinds of slow hashes, in turn', async t => {
  const { verify, logged } = world();
  const outcomes = [
    verify('secret', BCRYPT),
    verify('Secret', BCRYPT),
    verify('secret', APR1),
    verify('Secret', APR1),
  ];
  t.deepEqual(await Promise.all(outcomes), ['fits', 'wrong', 'fits', 'wrong']);
  t.deepEqual(logged, []);
});

test('past its bound the queue takes nothing more, and says so', async t => {
  const { verify } = world({ maxWaitingWork: 2 });
  const outcomes = await Promise.all(Array.from({ length: 4 }, () => verify('secret', BCRYPT)));
  t.deepEqual(outcomes, ['fits', 'fits', 'busy', 'busy']);
});

test('whoever has gone is not computed for', async t => {
  const { verify } = world();
  const gone = verify('secret', BCRYPT, () => false);
  t.is(await verify('secret', BCRYPT), 'fits');
  t.is(await Promise.race([gone, 'never told']), 'never told');
});

test('nobody waits for a turn for longer than ten seconds', async t => {
  let nowMs = 0;
  const { verify } = world({ now: () => nowMs });
  const first = verify('secret', BCRYPT);
  const second = verify('secret', BCRYPT);
  await Promise.resolve();
  nowMs = 10_001;
  t.deepEqual(await Promise.all([first, second]), ['fits', 'busy']);
  t.is(await verify('secret', BCRYPT), 'fits');
});

test('a thread that fails costs one check, and the next one starts another', async t => {
  const { verify, logged } = world();
  const outcomes = await Promise.all([verify('secret', BROKEN), verify('secret', BCRYPT)]);
  t.deepEqual(outcomes, ['busy', 'fits']);
  t.is(logged.length, 1);
});

const linuxTest = process.platform === 'linux' ? test : test.skip;
linuxTest('the thread makes way for the event loops, which keep their own priority', async t => {
  const { verify } = world();
  t.is(await verify('secret', BCRYPT), 'fits');
  const niceness = readdirSync('/proc/self/task').map(task => {
    const stat = readFileSync(`/proc/self/task/${task}/stat`, 'utf8');
    // proc(5): the 19th field; the second one may hold anything but is in brackets.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
  });
  const own = Number(
    readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[16],
  );
  t.true(niceness.includes(Math.max(10, own)), niceness.join(' '));
  t.true(niceness.includes(own));
});
