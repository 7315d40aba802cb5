import test, { type ExecutionContext } from 'ava';
import { FORBIDDEN_FOR_MS, GET_AGAIN_MS } from '../../src/kube/followed-secret.ts';
import {
  boundedSecrets,
  MAX_SECRETS,
  MAX_SECRETS_PER_NAMESPACE,
  NamedSecrets,
} from '../../src/kube/named-secrets.ts';
import { ManualClock } from '../helpers/kube/manual-clock.ts';
import { SecretServer } from '../helpers/kube/secret-server.ts';

const ref = (name: string) => ({ namespace: 'shop', name });

const follower = (t: ExecutionContext) => {
  const server = new SecretServer();
  const clock = new ManualClock();
  const secrets = new NamedSecrets({ connection: server.connection, clock, random: () => 0.5 });
  const told: string[] = [];
  secrets.listen({
    secretChanged: ({ name }, secret) => told.push(`${name} ${secret?.data.auth ?? 'gone'}`),
    secretsSettled: () => told.push(secrets.settled ? 'settled' : 'not settled'),
  });
  t.teardown(() => secrets.stop());
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left >= 0; left -= 500) {
      for (let turn = 0; turn < 8; turn += 1) await new Promise(resolve => setImmediate(resolve));
      clock.advance(Math.min(500, left));
    }
    for (let turn = 0; turn < 8; turn += 1) await new Promise(resolve => setImmediate(resolve));
  };
  return { server, clock, secrets, told, pass };
};

test('each Secret is asked for by its name alone, and followed', async t => {
  const { server, secrets, told, pass } = follower(t);
  for (const name of ['users', 'other']) {
    server.granted.add(name);
    server.put(name, { auth: 'YQ==' });
  }
  secrets.follow([ref('users')]);
  t.false(secrets.settled);
  await pass(1_000);
  server.put('users', { auth: 'Yg==' });
  await pass(1_000);
  server.remove('users');
  await pass(1_000);
  t.deepEqual(told, ['users YQ==', 'settled', 'users Yg==', 'users gone']);
  t.deepEqual(server.asked, ['list users', 'watch users']);
});

test('one that nobody lets us read is asked for again, less and less often, and is there once it is granted', async t => {
  const { server, secrets, told, pass } = follower(t);
  server.put('users', { auth: 'YQ==' });
  secrets.follow([ref('users')]);
  await pass(1_000);
  t.deepEqual(told, ['settled']);
  await pass(600_000);
  const lists = server.asked.filter(asked => asked === 'list users').length;
  t.true(lists < 40, String(lists));
  server.granted.add('users');
  await pass(45_000);
  t.deepEqual(told, ['settled', 'users YQ==']);
  t.deepEqual([...secrets.values()].length, 1);
});

test('a right that is taken away closes what it had opened, after a minute; given back, it opens it', async t => {
  const { server, secrets, told, pass } = follower(t);
  server.granted.add('users');
  server.put('users', { auth: 'YQ==' });
  secrets.follow([ref('users')]);
  await pass(10_000);
  server.granted.clear();
  server.endWatches();
  await pass(FORBIDDEN_FOR_MS / 2);
  t.is(told.at(-1), 'settled');
  await pass(FORBIDDEN_FOR_MS);
  t.true(told.includes('users gone'), told.join());
  server.granted.add('users');
  await pass(60_000);
  t.is(
    told.findLast(text => text.startsWith('users')),
    'users YQ==',
  );
});

test('an API server that has just started refuses for a moment: what is known stays', async t => {
  const { server, secrets, told, pass } = follower(t);
  server.granted.add('users');
  server.put('users', { auth: 'YQ==' });
  secrets.follow([ref('users')]);
  await pass(10_000);
  server.granted.clear();
  server.endWatches();
  await pass(5_000);
  server.granted.add('users');
  await pass(300_000);
  t.deepEqual(told, ['users YQ==', 'settled']);
});

test('a refusal that is over is forgotten: the next one lasts from its own beginning', async t => {
  const { server, secrets, told, pass } = follower(t);
  server.put('users', { auth: 'YQ==' });
  secrets.follow([ref('users')]);
  await pass(1_000);
  server.granted.add('users');
  await pass(10 * FORBIDDEN_FOR_MS);
  t.is(told.at(-1), 'users YQ==');
  server.granted.clear();
  server.endWatches();
  await pass(FORBIDDEN_FOR_MS / 2);
  t.is(told.at(-1), 'users YQ==');
  server.granted.add('users');
  await pass(FORBIDDEN_FOR_MS);
  server.remove('users');
  await pass(1_000);
  t.is(told.at(-1), 'users gone');
  t.deepEqual([...secrets.absent], ['shop/users']);
});

test('that a Secret is not there is told once the right to know it is given', async t => {
  const { server, secrets, told, pass } = follower(t);
  secrets.follow([ref('missing')]);
  await pass(1_000);
  t.deepEqual([...secrets.absent], []);
  server.granted.add('missing');
  await pass(45_000);
  t.deepEqual(told, ['settled', 'missing gone']);
  t.deepEqual([...secrets.absent], ['shop/missing']);
});

test('what nobody asks for any more is let go of', async t => {
  const { server, secrets, told, pass } = follower(t);
  for (const name of ['a', 'b']) {
    server.granted.add(name);
    server.put(name, { auth: 'YQ==' });
  }
  secrets.follow([ref('a'), ref('b')]);
  await pass(2_000);
  secrets.follow([ref('b')]);
  await pass(2_000);
  t.is(told.at(-1), 'a gone');
  t.deepEqual(
    [...secrets.values()].map(({ metadata }) => metadata.name),
    ['b'],
  );
  t.is(secrets.statuses.length, 1);
});

test('who may get it and no more asks for it once a minute, and now and then for the watch', async t => {
  const { server, secrets, told, pass } = follower(t);
  server.gettable.add('users');
  server.put('users', { auth: 'YQ==' });
  secrets.follow([ref('users')]);
  await pass(1_000);
  t.deepEqual(told, ['users YQ==', 'settled']);
  t.deepEqual(server.asked, ['list users', 'get users']);
  server.put('users', { auth: 'Yg==' });
  await pass(2 * GET_AGAIN_MS);
  t.is(told.at(-1), 'users Yg==');
  server.remove('users');
  await pass(2 * GET_AGAIN_MS);
  t.is(told.at(-1), 'users gone');
  t.deepEqual([...secrets.absent], ['shop/users']);
  server.put('users', { auth: 'Yw==' });
  server.granted.add('users');
  await pass(12 * GET_AGAIN_MS);
  t.is(server.asked.at(-1), 'watch users');
  server.put('users', { auth: 'ZA==' });
  await pass(1_000);
  t.is(told.at(-1), 'users ZA==');
  t.true(server.asked.length < 30, server.asked.join());
});

test('the right to get that is taken away closes what it had opened, after a minute', async t => {
  const { server, secrets, told, pass } = follower(t);
  server.gettable.add('users');
  server.put('users', { auth: 'YQ==' });
  secrets.follow([ref('users')]);
  await pass(1_000);
  server.gettable.clear();
  await pass(GET_AGAIN_MS + FORBIDDEN_FOR_MS / 2);
  t.is(told.at(-1), 'settled');
  await pass(2 * FORBIDDEN_FOR_MS);
  t.is(told.at(-1), 'users gone');
  t.deepEqual([...secrets.absent], []);
});

test('a Secret that is not there is told from one that is none of our business', async t => {
  const { server, secrets, pass } = follower(t);
  server.granted.add('missing');
  secrets.follow([ref('missing'), ref('hidden')]);
  await pass(1_000);
  t.true(secrets.settled);
  t.deepEqual([...secrets.absent], ['shop/missing']);
});

test('a namespace has its share and no more, and the same ones everywhere', t => {
  const many = Array.from({ length: 5_000 }, (_, index) => ({
    namespace: index < 4_000 ? 'greedy' : `ns-${index % 100}`,
    name: `secret-${String(index).padStart(5, '0')}`,
  }));
  const chosen = [...boundedSecrets(many).values()];
  t.is(chosen.filter(({ namespace }) => namespace === 'greedy').length, MAX_SECRETS_PER_NAMESPACE);
  t.is(chosen.length, Math.min(MAX_SECRETS, MAX_SECRETS_PER_NAMESPACE + 1_000));
  t.deepEqual(chosen, [...boundedSecrets(many.toReversed()).values()]);
});
