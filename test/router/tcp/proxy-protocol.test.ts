import test from 'ava';
import { closedPeer, connectRaw } from '../../helpers/raw-peer.ts';
import { startOrigin } from '../../helpers/recording-origin.ts';
import { SteppedClock } from '../../helpers/stepped-clock.ts';
import { startTcpRouter, type TcpParts } from '../../helpers/tcp-router.ts';

const TRUSTING = { options: { trustedProxies: ['127.0.0.0/8'] } };
const ACCEPTING: TcpParts = { acceptsProxy: true };
const V1 = 'PROXY TCP4 6.6.6.6 10.0.0.1 50000 443\r\n';
const V2 = `\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x06\x06\x06\x06\x0a\0\0\x01\xc3\x50\x01\xbb`;

for (const [name, header] of [
  ['1', V1],
  ['2', V2],
] as const) {
  test(`a header of version ${name} that is cut at any byte is taken off, and what follows it arrives`, async t => {
    const origin = await startOrigin();
    const router = await startTcpRouter(TRUSTING);
    router.serve({ stable: [origin.port] }, ACCEPTING);
    const whole = `${header}first words`;
    for (let cut = 0; cut < whole.length; cut += 1) {
      const client = await connectRaw(router.port);
      if (cut > 0) await new Promise(resolve => client.socket.write(whole.slice(0, cut), 'latin1', resolve));
      // Two turns: the router has read the first part before the second is sent.
      for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
      client.write(whole.slice(cut));
      const pod = await origin.connection(cut);
      t.is(await pod.untilText('words'), 'first words', `cut at ${cut}`);
      pod.write('answer');
      await client.untilText('answer');
      client.socket.destroy();
    }
    t.is(router.count('received'), 'first words'.length * whole.length);
    await origin.close();
    await router.close();
    t.deepEqual(router.bugs, []);
  });
}

test('tickets see the client that a header names, and the proxy itself where it names nobody', async t => {
  const [stable, edge] = await Promise.all([startOrigin(), startOrigin()]);
  const router = await startTcpRouter(TRUSTING);
  router.serve(
    { stable: [stable.port], edge: [edge.port] },
    { ...ACCEPTING, tickets: [{ sourceIP: ['6.6.6.0/24'] }, { sourceIP: ['127.0.0.1'], to: 'edge' }] },
  );
  for (const [header, track] of [
    [V1, 'edge'],
    [V2, 'edge'],
    [V1.replace('6.6.6.6', '6.6.7.6'), 'stable'],
    ['PROXY UNKNOWN\r\n', 'edge'],
  ] as const) {
    const before = router.count('connections', track);
    const client = await connectRaw(router.port);
    client.write(`${header}x`);
    const { connections } = track === 'edge' ? edge : stable;
    while (!connections.some(({ received }) => received === 'x')) await new Promise(setImmediate);
    t.is(router.count('connections', track), before + 1, header);
    for (const peer of connections) peer.takeReceived();
    client.socket.destroy();
  }
  await Promise.all([stable.close(), edge.close(), router.close()]);
  t.deepEqual(router.bugs, []);
});

test('who is no trusted proxy, sends no header, a bad one or none in time is reset and counted', async t => {
  const clock = new SteppedClock();
  const origin = await startOrigin();
  const [trusting, trustless] = await Promise.all([
    startTcpRouter({ ...TRUSTING, clock }),
    startTcpRouter({ options: { trustedProxies: ['10.0.0.0/8'] } }),
  ]);
  for (const router of [trusting, trustless]) router.serve({ stable: [origin.port] }, ACCEPTING);
  t.is((await closedPeer(trustless.port, V1)).failure, 'ECONNRESET');
  t.is(trustless.count('refused_proxy_protocol', 'none'), 1);
  for (const text of ['GET / HTTP/1.1\r\n\r\n', 'PROXY TCP4 6.6.6.6 10.0.0.1 1\r\n', '\x16\x03\x01'])
    t.is((await closedPeer(trusting.port, text)).failure, 'ECONNRESET', text);
  const slow = await connectRaw(trusting.port);
  slow.write('PROXY');
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
  clock.pass(11);
  await slow.untilClosed();
  t.is(slow.failure, 'ECONNRESET');
  t.is(trusting.count('refused_proxy_protocol', 'none'), 4);
  t.deepEqual(origin.connections, []);
  await Promise.all([trusting.close(), trustless.close(), origin.close()]);
});

test('a header that nobody asked for is part of what is said', async t => {
  const origin = await startOrigin();
  const router = await startTcpRouter(TRUSTING);
  router.serve({ stable: [origin.port] });
  const client = await connectRaw(router.port);
  client.write(`${V1}x`);
  t.is(await (await origin.connection(0)).untilText('x'), `${V1}x`);
  client.socket.destroy();
  await Promise.all([router.close(), origin.close()]);
});

for (const version of [1, 2] as const) {
  test(`a pod that asks for version ${version} is told of the client before its first byte`, async t => {
    const origin = await startOrigin();
    const router = await startTcpRouter();
    router.serve({ stable: [origin.port] }, { sendsProxy: version });
    const client = await connectRaw(router.port, { from: '127.0.0.9' });
    client.write('x');
    const said = await (await origin.connection(0)).untilText('x');
    const { localPort: port = 0 } = client.socket;
    const bytes = (number: number): string => String.fromCharCode(number >> 8, number & 255);
    t.is(
      said,
      version === 1
        ? `PROXY TCP4 127.0.0.9 127.0.0.1 ${port} ${router.port}\r\nx`
        : `\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x7f\0\0\x09\x7f\0\0\x01${bytes(port)}${bytes(router.port)}x`,
    );
    t.is(router.count('received'), 1);
    client.socket.destroy();
    await Promise.all([router.close(), origin.close()]);
  });
}

test('what a proxy in front says of the client is told on to the pod', async t => {
  const origin = await startOrigin();
  const router = await startTcpRouter(TRUSTING);
  router.serve({ stable: [origin.port] }, { ...ACCEPTING, sendsProxy: 1 });
  const client = await connectRaw(router.port);
  client.write(`${V2}x`);
  t.is(await (await origin.connection(0)).untilText('x'), `${V1}x`);
  client.socket.destroy();
  await Promise.all([router.close(), origin.close()]);
});
