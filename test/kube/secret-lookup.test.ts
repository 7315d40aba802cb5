import test from 'ava';
import type { Transport } from '../../src/kube/connection/transport.ts';
import { lookUpSecrets } from '../../src/kube/secret-lookup.ts';
import { ManualClock } from '../helpers/kube/manual-clock.ts';
import { SecretServer } from '../helpers/kube/secret-server.ts';

const refs = (...names: readonly string[]) => names.map(name => ({ namespace: 'shop', name }));

test('each Secret is looked at by its name: what is not there is told from what nobody lets us read', async t => {
  const server = new SecretServer();
  server.put('tls', { 'tls.crt': 'YQ==' });
  server.put('hidden', {});
  server.granted.add('tls').add('missing');
  const { connection } = server;
  const found = await lookUpSecrets(refs('tls', 'missing', 'hidden'), {
    connection,
    clock: new ManualClock(),
    timeoutMs: 500,
  });
  t.deepEqual([...found.keys()], ['shop/tls', 'shop/missing']);
  t.deepEqual({ ...found.get('shop/tls')?.data }, { 'tls.crt': 'YQ==' });
  t.is(found.get('shop/missing'), undefined);
  t.deepEqual(server.asked, ['list tls', 'list missing', 'list hidden']);
});

test('one that does not come in time is not known', async t => {
  const clock = new ManualClock();
  const transport: Transport = {
    send: ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
    renewCredentials: () => {},
    close: () => {},
  };
  const found = lookUpSecrets(refs('tls'), { connection: { transport }, clock, timeoutMs: 500 });
  clock.advance(500);
  t.deepEqual([...(await found)], []);
});
