import test from 'ava';
import { PasswordCheck, TOO_MANY_ATTEMPTS } from '../../../router/policies/basic-auth.ts';
import { parseSecret } from '../../../src/core/objects/parse-secret.ts';
import type { Secret } from '../../../src/core/objects/secret.ts';
import { type Annotations, inAnnotatedWorld } from '../../helpers/annotated-router.ts';

const APR1 = '$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/';
const SHA = '{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=';

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

const USERS = secretOf({ auth: `ana:${APR1}\nzoë:${SHA}\n` });
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
  [secretOf({ auth: 'ana:$2y$05$abcdefghijklmnopqrstuv' })],
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

const passwords = (): PasswordCheck =>
  new PasswordCheck({ realm: 'x', satisfiedByAny: false, users: [{ name: 'ana', hash: SHA }] });
const tried = (password: string, address: string, nowMs = 0) => ({
  authorization: `Basic ${Buffer.from(`ana:${password}`).toString('base64')}`,
  address,
  nowMs,
});

test('an address that guesses is stopped after ten, and may try again later; what is known costs nothing', t => {
  const check = passwords();
  t.is(check.answerTo(tried('secret', 'user')), null);
  for (let nth = 0; nth < 10; nth += 1) t.is(check.answerTo(tried(`guess ${nth}`, 'thief'))?.status, 401);
  t.is(check.answerTo(tried('guess 10', 'thief')), TOO_MANY_ATTEMPTS);
  t.is(check.answerTo(tried('guess 3', 'thief'))?.status, 401, 'remembered as wrong');
  t.is(check.answerTo(tried('secret', 'thief')), null, 'remembered as right');
  t.is(check.answerTo(tried('guess 10', 'thief', 1000))?.status, 401);
});

test('guesses from many addresses are rationed together, and do not keep out who is known', t => {
  const check = passwords();
  t.is(check.answerTo(tried('secret', 'user')), null);
  const statuses = Array.from(
    { length: 5000 },
    (_, nth) => check.answerTo(tried(`guess ${nth}`, `thief ${nth}`))?.status,
  );
  t.is(statuses.filter(status => status === 401).length, 39);
  t.is(check.answerTo(tried('secret', 'user')), null);
});
