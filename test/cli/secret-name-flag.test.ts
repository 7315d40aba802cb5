import test from 'ava';
import { readSecretName } from '../../src/cli/secret-name-flag.ts';

for (const text of ['', 'default', 'shop/', '/tls', 'shop/tls/x', 'Shop/tls', 'shop/t_s', 'sh.op/tls'])
  test(`no name of a Secret: ${JSON.stringify(text)}`, t => {
    t.throws(() => readSecretName(text), { message: /^Write NAMESPACE\/NAME of a Secret/ });
  });

test('a Secret is told by its namespace and its name, which may hold dots', t => {
  t.deepEqual(readSecretName('shop/www.taobao.com'), { namespace: 'shop', name: 'www.taobao.com' });
});
