import test from 'ava';
import { readNamespace, readNamespaces } from '../../src/cli/namespace-flag.ts';

for (const name of ['', 'Shop', 'a_b', 'shop.eu', '-a', 'a'.repeat(64)])
  test(`no namespace: ${JSON.stringify(name)}`, t => {
    t.throws(() => readNamespace(name), { message: /^Write the name of a namespace/ });
  });

test('a repeatable flag keeps what was given before', t => {
  t.deepEqual(readNamespaces('shop', ['kube-system']), ['kube-system', 'shop']);
});
