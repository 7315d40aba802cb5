import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { Counters } from '../../../router/counters.ts';
import { DEFAULT_OPTIONS, Engine } from '../../../router/engine.ts';
import { RouteTable } from '../../../router/routing/table.ts';
import { TimerWheel } from '../../../router/timer-wheel.ts';
import { connectTls, TLS_CONNECT_EVENT } from '../../../router/tls/connect-tls.ts';
import { newTlsTarget, type TlsTargetWish } from '../../../router/tls/tls-target.ts';
import type { CertificatePlan } from '../../../src/core/route-plan.ts';
import { ecdsaPlan } from '../../helpers/tls-certificates.ts';

const SERVER = ecdsaPlan('s', 'backend.test');
const CLIENT = ecdsaPlan('c', 'client.test');

const WISH: TlsTargetWish = {
  verifies: true,
  ca: SERVER.chain,
  serverName: 'backend.test',
  sendsName: true,
  certificate: null,
  protocols: [],
};

const newEngine = (log: (message: string) => void = () => undefined): Engine =>
  new Engine({
    routing: new RouteTable(),
    options: DEFAULT_OPTIONS,
    counters: new Counters(),
    wheel: new TimerWheel(DEFAULT_OPTIONS.tickMs, 0),
    log,
  });

type Accepted = { readonly port: number; readonly next: () => Promise<TLSSocket> };

const listening = async (
  t: ExecutionContext,
  certificate: CertificatePlan,
  more: TlsOptions = {},
): Promise<Accepted> => {
  const server = createServer({ cert: certificate.chain, key: certificate.key, ...more });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const accepted: TLSSocket[] = [];
  server.on('secureConnection', socket => {
    socket.on('error', () => undefined);
    t.teardown(() => socket.destroy());
    accepted.push(socket);
  });
  return {
    port: (server.address() as AddressInfo).port,
    next: async () => {
      const there = accepted.shift();
      if (there !== undefined) return there;
      await once(server, 'secureConnection');
      return accepted.shift() as TLSSocket;
    },
  };
};

test('what a verified server sends is read into the buffer of the engine, and what is written arrives', async t => {
  const engine = newEngine();
  const { port, next } = await listening(t, SERVER, { ALPNProtocols: ['h2', 'http/1.1'] });
  let received = '';
  const near = connectTls(
    { address: '127.0.0.1', port, session: null },
    newTlsTarget({ ...WISH, protocols: ['h2'] }),
    engine,
    {
      onRead: count => {
        received += engine.readBuffer.toString('latin1', 0, count);
        near.wire.text(`again ${received}`);
      },
    },
  );
  near.on('error', error => t.fail(String(error)));
  t.teardown(() => near.destroy());
  await once(near, TLS_CONNECT_EVENT);
  t.is(near.alpnProtocol, 'h2');
  const far = await next();
  t.is(far.servername, 'backend.test');
  near.wire.text('one ');
  near.wire.bytes(Buffer.from('xtwo y'), 1, 5);
  let told = '';
  far.on('data', (bytes: Buffer) => {
    told += bytes.toString();
  });
  while (!told.endsWith('two ')) await once(far, 'data');
  t.is(told, 'one two ');
  far.write('hello');
  while (!told.endsWith('again hello')) await once(far, 'data');
  near.end();
  await once(far, 'end');
  t.is(received, 'hello');
});

const refuses = test.macro({
  async exec(t, wish: Partial<TlsTargetWish>, code: RegExp) {
    const { port } = await listening(t, SERVER);
    const near = connectTls(
      { address: '127.0.0.1', port, session: null },
      newTlsTarget({ ...WISH, ...wish }),
      newEngine(),
      {
        onRead: () => t.fail(),
      },
    );
    near.on(TLS_CONNECT_EVENT, () => t.fail());
    const failed = new Promise<Error>(resolve => near.once('error', resolve));
    const closed = new Promise(resolve => near.once('close', resolve));
    t.regex(String(((await failed) as NodeJS.ErrnoException).code), code);
    await closed;
    t.true(near.wire.isClosed);
  },
  title: title => `${title} is no connection`,
});

test('a server of an authority that nobody knows', refuses, { ca: null }, /DEPTH_ZERO_SELF_SIGNED_CERT/);
test(
  'a server with a certificate for another name',
  refuses,
  { serverName: 'other.test' },
  /ALTNAME_INVALID/,
);
test('a server whose address is not in its certificate', refuses, { serverName: '' }, /ALTNAME_INVALID/);

test('without verification any certificate does, and the own one is shown where it is asked for', async t => {
  const { port, next } = await listening(t, SERVER, { requestCert: true, rejectUnauthorized: false });
  const target = newTlsTarget({ ...WISH, ca: null, verifies: false, serverName: '', certificate: CLIENT });
  const near = connectTls({ address: '127.0.0.1', port, session: null }, target, newEngine(), {
    onRead: () => undefined,
  });
  near.on('error', error => t.fail(String(error)));
  t.teardown(() => near.destroy());
  await once(near, TLS_CONNECT_EVENT);
  const far = await next();
  t.is(far.getPeerX509Certificate()?.subjectAltName, 'DNS:client.test');
});

test('a key that is none is told when a target is made', t => {
  t.throws(() => newTlsTarget({ ...WISH, certificate: { chain: CLIENT.chain, key: SERVER.key } }), {
    code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
  });
});

test('a bug of a reader costs its connection alone', async t => {
  const logged: string[] = [];
  const { port, next } = await listening(t, SERVER);
  const near = connectTls(
    { address: '127.0.0.1', port, session: null },
    newTlsTarget(WISH),
    newEngine(text => logged.push(text)),
    {
      onRead: () => {
        throw new Error('bug');
      },
    },
  );
  near.on('error', () => undefined);
  await once(near, TLS_CONNECT_EVENT);
  const closed = new Promise(resolve => near.once('close', resolve));
  (await next()).write('x');
  await closed;
  t.deepEqual(logged, ['a bug in the data path']);
});
