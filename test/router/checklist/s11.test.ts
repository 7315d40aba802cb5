// S11: Fastify CVE-2026-3635, Envoy CVE-2024-45806, use_remote_address.
import test from 'ava';
import { startOnePoolRouter } from '../../helpers/one-pool-router.ts';
import { closedAtOnce, connectRaw } from '../../helpers/raw-peer.ts';
import { startAnsweringOrigin } from '../../helpers/recording-origin.ts';
import { inWorld } from '../../helpers/router-world.ts';

const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';
const SAID =
  'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: out.com\r\nX-Forwarded-Port: 443\r\n' +
  'Forwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nX-Forwarded-Prefix: /x\r\n';

/** What the backend sees of a request with `SAID`, and who routing thinks asks. */
const seenBehind = async (
  trustedProxies: readonly string[],
): Promise<{ fields: readonly string[]; source: string; port: number }> => {
  let source = '';
  let port = 0;
  const origin = await startAnsweringOrigin(OK);
  const decide = (request: { readonly sourceAddress: string }): undefined => {
    source = request.sourceAddress;
  };
  await inWorld([origin], { options: { trustedProxies }, decide }, async ({ client, router }) => {
    port = router.port;
    client.write(`GET / HTTP/1.1\r\nHost: a.com\r\n${SAID}\r\n`);
    await client.untilText('ok');
  });
  const received = origin.connections[0]?.received ?? '';
  const fields = received.split('\r\n').filter(line => /^(?:x-forwarded|forwarded|x-real)/i.test(line));
  return { fields, source, port };
};

test('S11 from an untrusted peer every word about the client is replaced', async t => {
  for (const trusted of [[], ['10.0.0.0/8', '::/0']]) {
    const { fields, source, port } = await seenBehind(trusted);
    t.is(source, '127.0.0.1');
    t.deepEqual(fields, [
      'Forwarded: for=127.0.0.1;host="a.com";proto=http',
      'X-Forwarded-For: 127.0.0.1',
      'X-Real-IP: 127.0.0.1',
      'X-Forwarded-Proto: http',
      `X-Forwarded-Port: ${port}`,
      'X-Forwarded-Host: a.com',
    ]);
  }
});

test('S11 from a trusted proxy it is extended, and the client it names is who asks', async t => {
  const { fields, source } = await seenBehind(['127.0.0.0/8']);
  t.is(source, '6.6.6.6');
  t.deepEqual(fields, [
    'Forwarded: for=6.6.6.6, for=127.0.0.1;host="a.com";proto=http',
    'X-Forwarded-For: 6.6.6.6, 127.0.0.1',
    'X-Real-IP: 6.6.6.6',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Port: 443',
    'X-Forwarded-Host: out.com',
  ]);
});

test('S11 with the PROXY protocol on, the header is required, its client is who asks, and its TLVs are bounded', async t => {
  const header = (length: number): Buffer => {
    const bytes = Buffer.from('0d0a0d0a000d0a515549540a211100000606060601020304c35001bb', 'hex');
    bytes.writeUInt16BE(length, 14);
    return bytes;
  };
  const seen: string[] = [];
  const origin = await startAnsweringOrigin(OK);
  const router = await startOnePoolRouter([origin.port], {
    options: { proxyProtocol: true, trustedProxies: ['127.0.0.0/8'] },
    decide: ({ sourceAddress }) => {
      seen.push(sourceAddress);
      return undefined;
    },
  });
  const request = `GET / HTTP/1.1\r\nHost: a.com\r\n${SAID}\r\n`;
  const client = await connectRaw(router.port);
  client.socket.write(header(12));
  client.write(request);
  await client.untilText('ok');
  t.regex(origin.connections[0]?.received ?? '', /\r\nX-Forwarded-For: 6\.6\.6\.6\r\n/);
  t.false(origin.connections[0]?.received.includes('/x') ?? true);
  for (const tlv of ['04', '04ffff00']) {
    const text = header(12 + tlv.length / 2).toString('latin1') + Buffer.from(tlv, 'hex').toString('latin1');
    t.is(await closedAtOnce(router.port, text + request), '');
  }
  t.is(await closedAtOnce(router.port, header(4_097).toString('latin1')), '');
  t.is(await closedAtOnce(router.port, request), '');
  t.deepEqual(seen, ['6.6.6.6']);
  t.is(router.counters.get('proxy_protocol_refused'), 4);
  client.socket.destroy();
  await router.close();
  await origin.close();
});
