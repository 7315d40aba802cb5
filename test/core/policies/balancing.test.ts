import test from 'ava';
import { readAffinity, readBalance } from '../../../src/core/policies/balancing.ts';
import { grammarMacro } from './policy-grammar.ts';

const balance = test.macro(grammarMacro(readBalance));
const affinity = test.macro(grammarMacro(readAffinity));
const p2c = { kind: 'p2c' };
const hash = (...by: readonly object[]) => ({ kind: 'hash', by });

test(balance, {}, p2c);
test(balance, { 'load-balance': 'round_robin' }, { kind: 'round_robin' });
test(balance, { 'load-balance': 'ewma' }, { kind: 'ewma' });
for (const value of ['', 'least_conn', 'EWMA'])
  test(balance, { 'load-balance': value }, p2c, { problems: ['load-balance'] });
test(balance, { 'upstream-hash-by': '$request_uri' }, hash({ kind: 'uri' }));
test(
  balance,
  { 'upstream-hash-by': '$http_x_user', 'load-balance': 'ewma' },
  hash({ kind: 'header', name: 'x-user' }),
);
test(
  balance,
  { 'upstream-hash-by': ['$', '{cookie_Uid}-$arg_q:$host$binary_remote_addr'].join('') },
  hash(
    { kind: 'cookie', name: 'Uid' },
    { kind: 'text', text: '-' },
    { kind: 'query', name: 'q' },
    { kind: 'text', text: ':' },
    { kind: 'host' },
    { kind: 'sourceIP' },
  ),
);
for (const value of ['', 'text', '$', '$upstream_addr', '$uri', `$host${'x'.repeat(256)}`])
  test(balance, { 'upstream-hash-by': value }, p2c, { problems: ['upstream-hash-by'] });

const cookie = (parts: object = {}) => ({
  cookie: 'INGRESSCOOKIE',
  ttlSeconds: null,
  path: null,
  domain: null,
  sameSite: null,
  secure: false,
  ...parts,
});
const on = { affinity: 'cookie' };

test(affinity, {}, null);
test(affinity, { 'session-cookie-name': 'route' }, null);
test(affinity, on, cookie());
test(
  affinity,
  {
    ...on,
    'affinity-mode': 'persistent',
    'session-cookie-name': 'route',
    'session-cookie-max-age': '60',
    'session-cookie-expires': '600',
    'session-cookie-path': '/cart',
    'session-cookie-domain': 'taobao.com',
    'session-cookie-samesite': 'lax',
    'session-cookie-secure': 'true',
  },
  cookie({
    cookie: 'route',
    ttlSeconds: 60,
    path: '/cart',
    domain: 'taobao.com',
    sameSite: 'Lax',
    secure: true,
  }),
);
test(affinity, { ...on, 'session-cookie-expires': '600' }, cookie({ ttlSeconds: 600 }));
for (const [name, value] of [
  ['affinity-mode', 'sticky'],
  ['session-cookie-name', 'a;b'],
  ['session-cookie-name', ''],
  ['session-cookie-max-age', '0'],
  ['session-cookie-expires', '1d'],
  ['session-cookie-path', '/a;Domain=evil.example'],
  ['session-cookie-domain', 'a; Secure'],
  ['session-cookie-samesite', 'lazy'],
  ['session-cookie-secure', 'yes'],
] as const)
  test(affinity, { ...on, [name]: value }, cookie(), { problems: [name] });
test(affinity, { affinity: 'ip' }, null, { problems: ['affinity'] });
