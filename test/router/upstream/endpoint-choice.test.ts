import test from 'ava';
import { compileChoice, DEFAULT_CHOICE } from '../../../router/upstream/endpoint-choice.ts';
import type { Affinity } from '../../../src/core/balance.ts';

const AFFINITY: Affinity = {
  cookie: 'ROUTE',
  ttlSeconds: null,
  path: '/',
  domain: null,
  sameSite: null,
  secure: false,
};

const attributes = test.macro<[affinity: Partial<Affinity>, expected: string]>({
  exec(t, affinity, expected) {
    const choice = compileChoice({ kind: 'p2c' }, { ...AFFINITY, ...affinity });
    t.deepEqual(choice.affinity, { cookie: affinity.cookie ?? 'ROUTE', attributes: `${expected}\r\n` });
  },
  title: (_, affinity, expected) => `${JSON.stringify(affinity)} sets «${expected}»`,
});

test(attributes, {}, '; Path=/; HttpOnly');
test(attributes, { path: '/cart;Domain=com' }, '; Path=/cart; HttpOnly');
test(attributes, { ttlSeconds: 0 }, '; Path=/; Max-Age=0; HttpOnly');
test(
  attributes,
  { cookie: 'r', ttlSeconds: 3600, path: '/cart', domain: 'taobao.com', sameSite: 'None', secure: true },
  '; Path=/cart; Domain=taobao.com; Max-Age=3600; HttpOnly; SameSite=None; Secure',
);

test('without annotations the less busy of two random endpoints is taken, and only hash has a key', t => {
  t.is(compileChoice({ kind: 'p2c' }, null), DEFAULT_CHOICE);
  t.is(compileChoice({ kind: 'ewma' }, null).hashKey, null);
  t.is(typeof compileChoice({ kind: 'hash', by: [{ kind: 'host' }] }, null).hashKey, 'function');
});
