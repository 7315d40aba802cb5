import { once } from 'node:events';
import test from 'ava';
import { ServingCertificate } from '../../../certs/serve/serving-certificate.ts';
import { authorityAt, NOW_MS, servingBy } from '../../helpers/certificates.ts';
import { askOver, handshake, listenTls } from '../../helpers/tls-listener.ts';

const [first, second] = [authorityAt(NOW_MS), authorityAt(NOW_MS)];
const NAME = 'sluice-webhook.sluice-system.svc';

test('a handshake fails before there is a certificate, and works from then on', async t => {
  const serving = new ServingCertificate();
  const { port } = await listenTls(t, serving);
  await t.throwsAsync(handshake(port, { ca: first.certificate }), { message: /handshake failure/ });
  serving.serve(servingBy(first, NOW_MS));
  const socket = await handshake(port, { ca: first.certificate, servername: NAME });
  t.is(await askOver(socket), 'replica');
  socket.destroy();
});

test('new handshakes meet the new certificate, with and without a server name', async t => {
  const serving = new ServingCertificate();
  serving.serve(servingBy(first, NOW_MS));
  const { port } = await listenTls(t, serving);
  serving.serve(servingBy(second, NOW_MS));
  for (const servername of ['', NAME]) {
    (await handshake(port, { ca: second.certificate, servername })).destroy();
    await t.throwsAsync(handshake(port, { ca: first.certificate, servername }), {
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
  }
});

test('connections that are established live on', async t => {
  const serving = new ServingCertificate();
  serving.serve(servingBy(first, NOW_MS));
  const { port } = await listenTls(t, serving);
  const socket = await handshake(port, { ca: first.certificate });
  t.is(await askOver(socket), 'replica');
  serving.serve(servingBy(second, NOW_MS));
  t.is(await askOver(socket), 'replica');
  socket.destroy();
});

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a session of the old certificate is not resumed over ${maxVersion}`, async t => {
    const serving = new ServingCertificate();
    serving.serve(servingBy(first, NOW_MS));
    const { port } = await listenTls(t, serving);
    const before = await handshake(port, { ca: first.certificate, maxVersion });
    // Over 1.3 it comes after the handshake, with the first answer at the latest.
    await askOver(before);
    const session = before.getSession();
    before.destroy();
    const resumed = await handshake(port, { ca: first.certificate, maxVersion, ...(session && { session }) });
    t.true(resumed.isSessionReused());
    resumed.destroy();
    serving.serve(servingBy(second, NOW_MS));
    const after = await handshake(port, { ca: second.certificate, maxVersion, ...(session && { session }) });
    t.false(after.isSessionReused());
    after.destroy();
  });
}

test('versions before 1.2 are refused', async t => {
  const serving = new ServingCertificate();
  serving.serve(servingBy(first, NOW_MS));
  const { port } = await listenTls(t, serving);
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  await t.throwsAsync(handshake(port, { ca: first.certificate, ...old }), {
    code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  });
});

test('a server that is closed is forgotten, all others change together', async t => {
  const serving = new ServingCertificate();
  serving.serve(servingBy(first, NOW_MS));
  const [one, other] = [await listenTls(t, serving), await listenTls(t, serving)];
  one.server.close();
  await once(one.server, 'close');
  serving.serve(servingBy(second, NOW_MS));
  (await handshake(other.port, { ca: second.certificate })).destroy();
  t.pass();
});
