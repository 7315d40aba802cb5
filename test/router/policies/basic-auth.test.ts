import test from 'ava';
import {
  LoginMemory,
  PASSWORDS_BUSY,
  PasswordCheck,
  TOO_MANY_ATTEMPTS,
} from '../../../router/policies/basic-auth.ts';
import type { PasswordJob, PasswordOutcome } from '../../../router/policies/password-verifier.ts';
import type { PendingVerdict } from '../../../router/policies/pending-verdict.ts';
import { parseSecret } from '../../../src/core/objects/parse-secret.ts';
import type { Secret } from '../../../src/core/objects/secret.ts';
import { type Annotations, inAnnotatedWorld } from '../../helpers/annotated-router.ts';
import { connectRaw } from '../../helpers/raw-peer.ts';

const APR1 = '$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/';
const SHA = '{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=';
const BCRYPT = '$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW';
/** A tenth to half a second. */
const SLOW_BCRYPT = '$2y$11$abcdefghijklmnopqrstuuViuGI07N4McP9Kl.tD6XMEzyuvcY8LG';

const secretOf = (stringData: Readonly<Record<string, string>>, namespace = 'shop'): Secret => {
  const parsed = parseSecret({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'users', namespace },
    stringData,
  });
  if (!parsed.ok) throw new Error('the Secret is well written');
  return parsed.value;
};

const USERS = secretOf({ auth: `ana:${APR1}\nzoë:${SHA}\nbob:${BCRYPT}\n` });
const BASIC = { 'auth-type': 'basic', 'auth-secret': 'users', 'auth-realm': 'The shop' };
const authorization = (credentials: string): string =>
  `Authorization: Basic ${Buffer.from(credentials).toString('base64')}`;

const asked = test.macro({
  async exec(
    t,
    annotations: Annotations,
    lines: readonly string[],
    status: number,
    secrets: readonly Secret[] = [USERS],
  ) {
    const bugs = await inAnnotatedWorld(annotations, { secrets }, async ({ ask, origin, router }) => {
      const answer = await ask('GET / HTTP/1.1', ...lines);
      t.is(router.counters.get('policy_access'), [401, 403].includes(status) ? 1 : 0);
      t.is(Number(answer.slice(9, 12)), status, answer);
      t.is(origin.connections.length, status === 200 ? 1 : 0);
      t.is(/\r\nWWW-Authenticate: Basic realm="The shop"\r\n/.test(answer), status === 401);
      t.notRegex(origin.connections[0]?.received ?? '', /authorization/i, 'the password stays here');
    });
    t.deepEqual(bugs, []);
  },
  title: (title, annotations, lines: readonly string[], status) =>
    title ?? `${JSON.stringify(annotations)} ${lines.join(' ')} gets ${status}`,
});

test(asked, BASIC, [], 401);
test(asked, BASIC, [authorization('ana:secret')], 200);
test(asked, BASIC, [authorization('zoë:secret')], 200);
test(asked, BASIC, [authorization('ana:Secret')], 401);
test(asked, BASIC, [authorization('ana:')], 401);
test(asked, BASIC, [authorization('nobody:secret')], 401);
test(asked, BASIC, [authorization('bob:secret')], 200);
test(asked, BASIC, [authorization('bob:Secret')], 401);
test(asked, BASIC, [authorization('ana')], 401);
test(asked, BASIC, [authorization(`ana:${'x'.repeat(600)}`)], 401);
test(asked, BASIC, ['Authorization: Bearer abc'], 401);
test(asked, BASIC, ['Authorization: Basic ???'], 401);
test(asked, BASIC, [authorization('ana:secret'), authorization('ana:secret')], 401);
test('a missing Secret closes the route', asked, BASIC, [authorization('ana:secret')], 503, []);
test("another namespace's Secret closes the route", asked, BASIC, [authorization('ana:secret')], 503, [
  secretOf({ auth: `ana:${APR1}` }, 'other'),
]);
test(
  'a Secret that is named with another namespace closes the route',
  asked,
  { ...BASIC, 'auth-secret': 'other/users' },
  [authorization('ana:secret')],
  503,
  [secretOf({ auth: `ana:${APR1}` }, 'other')],
);
test(
  'a Secret of hashes that nobody checks closes the route',
  asked,
  BASIC,
  [authorization('ana:secret')],
  503,
  [secretOf({ auth: `ana:${BCRYPT.replace('$04$', '$15$')}` })],
);
test(
  'digest closes the route',
  asked,
  { ...BASIC, 'auth-type': 'digest' },
  [authorization('ana:secret')],
  503,
);
test('auth-map', asked, { ...BASIC, 'auth-secret-type': 'auth-map' }, [authorization('ana:secret')], 200, [
  secretOf({ ana: APR1 }),
]);

const HERE = { 'whitelist-source-range': '127.0.0.0/8' };
const ELSEWHERE = { 'whitelist-source-range': '10.0.0.0/8' };
test(asked, { ...BASIC, ...HERE }, [], 401);
test(asked, { ...BASIC, ...ELSEWHERE }, [authorization('ana:secret')], 403);
test(asked, { ...BASIC, ...HERE, satisfy: 'any' }, [], 200);
test(asked, { ...BASIC, ...ELSEWHERE, satisfy: 'any' }, [], 401);
test(asked, { ...BASIC, ...ELSEWHERE, satisfy: 'any' }, [authorization('ana:secret')], 200);
test(asked, { ...BASIC, satisfy: 'any' }, [], 401);

test('while a password is checked the event loop answers others, and a stop waits for the verdict', async t => {
  const secrets = [secretOf({ auth: `ana:${SLOW_BCRYPT}` })];
  const bugs = await inAnnotatedWorld(BASIC, { secrets }, async ({ client, router }) => {
    const order: string[] = [];
    client.write(`GET /slow HTTP/1.1\r\nHost: taobao.com\r\n${authorization('ana:secret')}\r\n\r\n`);
    const slow = client.untilText('\r\n\r\nok').then(() => order.push('slow'));
    const other = await connectRaw(router.port);
    other.write('GET / HTTP/1.1\r\nHost: taobao.com\r\n\r\n');
    await other.untilText('AuthenticationRequired').then(() => order.push('other'));
    other.socket.destroy();
    const closed = router.close();
    await slow;
    await closed;
    t.deepEqual(order, ['other', 'slow']);
    t.regex(client.received, /^HTTP\/1\.1 200 [\s\S]*Connection: close/);
  });
  t.deepEqual(bugs, []);
});

type World = {
  readonly check: PasswordCheck;
  readonly jobs: readonly PasswordJob[];
  /** The answer at once, or `pending`. */
  ask(user: string, password: string, address?: string, nowMs?: number): number | 'passes' | Pending;
};
type Pending = { readonly verdict: PendingVerdict; answer: number | 'passes' | null };

const statusOf = (answer: { readonly status: number } | null): number | 'passes' =>
  answer?.status ?? 'passes';

/** Passwords of one Ingress, whose slow checks end when a test says so. */
const world = (users: Readonly<Record<string, string>>, memory = new LoginMemory()): World => {
  const jobs: PasswordJob[] = [];
  const list = Object.entries(users).map(([name, hash]) => ({ name, hash }));
  const check = new PasswordCheck({ realm: 'x', satisfiedByAny: false, users: list }, memory, {
    verify: (owner, job) => {
      if (owner !== memory) throw new Error('the logins of an Ingress are one owner');
      jobs.push(job);
    },
  });
  const ask: World['ask'] = (user, password, address = 'here', nowMs = 0) => {
    const notes: { verdict: PendingVerdict | null } = { verdict: null };
    const base64 = Buffer.from(`${user}:${password}`).toString('base64');
    const answer = check.answerTo({ authorization: `Basic ${base64}`, address, nowMs }, notes);
    if (notes.verdict === null) return statusOf(answer);
    const pending: Pending = { verdict: notes.verdict, answer: null };
    notes.verdict.whenKnown(told => {
      pending.answer = statusOf(told);
    });
    return pending;
  };
  return { check, jobs, ask };
};
const answerOf = (pending: ReturnType<World['ask']>): number | 'passes' | null | undefined =>
  typeof pending === 'object' ? pending.answer : undefined;
const finish = (job: PasswordJob | undefined, outcome: PasswordOutcome): void => job?.onOutcome(outcome);

test('an address that guesses is stopped after ten, and may try again later; what is known costs nothing', t => {
  const { ask } = world({ ana: SHA });
  t.is(ask('ana', 'secret', 'user'), 'passes');
  for (let nth = 0; nth < 10; nth += 1) t.is(ask('ana', `guess ${nth}`, 'thief'), 401);
  t.is(ask('ana', 'guess 10', 'thief'), TOO_MANY_ATTEMPTS.status);
  t.is(ask('ana', 'guess 3', 'thief'), 401, 'remembered as wrong');
  t.is(ask('ana', 'secret', 'thief'), 'passes', 'remembered as right');
  t.is(ask('ana', 'guess 10', 'thief', 1000), 401);
});

test('guesses for one user are rationed whatever address they come from, and keep out nobody who is known', t => {
  const { ask } = world({ ana: SHA, zoe: SHA });
  t.is(ask('ana', 'secret', 'user'), 'passes');
  const answers = Array.from({ length: 500 }, (_, nth) => ask('ana', `guess ${nth}`, `thief ${nth}`));
  t.is(answers.filter(answer => answer === 401).length, 19);
  t.is(ask('ana', 'secret', 'user'), 'passes');
  t.is(ask('zoe', 'secret', 'user'), 'passes', 'another user');
});

for (const [hash, attempts] of [
  [SHA, 200],
  [BCRYPT, 200],
  [BCRYPT.replace('$04$', '$10$'), 50],
  [BCRYPT.replace('$04$', '$14$'), 4],
] as const) {
  test(`guesses for many users from many addresses are rationed by their work: ${attempts} at once against ${hash}`, t => {
    const { ask, jobs } = world({ ana: hash });
    const answers = Array.from({ length: 500 }, (_, nth) => ask(`user ${nth}`, 'guess', `thief ${nth}`));
    t.is(answers.filter(answer => answer !== 429).length, attempts);
    t.is(jobs.length, hash === SHA ? 0 : attempts);
  });
}

test('requests with one password wait for one check, and what it found is remembered', t => {
  const { ask, jobs } = world({ ana: BCRYPT });
  const waiting = [ask('ana', 'secret'), ask('ana', 'secret'), ask('ana', 'secret')];
  t.is(jobs.length, 1);
  t.deepEqual(waiting.map(answerOf), [null, null, null]);
  finish(jobs[0], 'fits');
  t.deepEqual(waiting.map(answerOf), ['passes', 'passes', 'passes']);
  t.is(ask('ana', 'secret'), 'passes');
  const wrong = ask('ana', 'Secret');
  finish(jobs[1], 'wrong');
  t.is(answerOf(wrong), 401);
  t.is(ask('ana', 'Secret'), 401);
  t.is(jobs.length, 2);
});

test('for a user that is not there as much is computed, and nothing lets it in', t => {
  const { ask, jobs } = world({ ana: BCRYPT, zoe: BCRYPT });
  const nobody = ask('nobody', 'secret');
  t.is(jobs[0]?.hash, BCRYPT);
  finish(jobs[0], 'fits');
  t.is(answerOf(nobody), 401);
});

test('a check that was not made is nobody’s fault: 503, and the next request may ask again', t => {
  const { ask, jobs } = world({ ana: BCRYPT });
  const first = ask('ana', 'secret');
  finish(jobs[0], 'busy');
  t.is(answerOf(first), PASSWORDS_BUSY.status);
  const second = ask('ana', 'secret');
  finish(jobs[1], 'fits');
  t.is(answerOf(second), 'passes');
});

test('whoever goes away is not told, and a check that nobody waits for is not wanted', t => {
  const { ask, jobs } = world({ ana: BCRYPT });
  const [gone, stays] = [ask('ana', 'secret'), ask('ana', 'secret')];
  if (typeof gone === 'object') gone.verdict.forget();
  t.true(jobs[0]?.isWanted());
  if (typeof stays === 'object') stays.verdict.forget();
  t.false(jobs[0]?.isWanted());
  finish(jobs[0], 'fits');
  t.deepEqual([gone, stays].map(answerOf), [null, null]);
});

test('a changed Secret ends what was known of its changed users, also of a check under way', t => {
  const memory = new LoginMemory();
  const before = world({ ana: SHA, zoe: SHA, bob: BCRYPT }, memory);
  for (const user of ['ana', 'zoe']) t.is(before.ask(user, 'secret'), 'passes');
  const late = before.ask('bob', 'secret');
  const after = world({ ana: BCRYPT, zoe: SHA, bob: SHA }, memory);
  finish(before.jobs[0], 'fits');
  t.is(answerOf(late), 'passes', 'it was asked before');
  t.is(typeof after.ask('ana', 'secret'), 'object', 'checked anew');
  t.is(after.ask('zoe', 'secret'), 'passes');
  t.is(after.ask('bob', 'secret'), 'passes', 'checked anew, in its place');
  t.is(world({ ana: SHA }, memory).ask('zoe', 'secret'), 401, 'a user that has gone');
});
