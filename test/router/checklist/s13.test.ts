// S13: HAProxy's h1_host_normalization, Node CVE-2026-48618, 48930.
import test from 'ava';
import type { Decision } from '../../../router/routing/decision.ts';
import { startOnePoolRouter } from '../../helpers/one-pool-router.ts';
import { connectRaw } from '../../helpers/raw-peer.ts';
import { startAnsweringOrigin } from '../../helpers/recording-origin.ts';

const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';

/** [request line's target, lines of Host, the host that is routed, the Host that goes upstream] */
type Row = readonly [target: string, hosts: readonly string[], routed: string, upstream: string];

const SERVED: readonly Row[] = [
  // Origin form: Host is what counts, and passes as it was written.
  ['/', ['a.com'], 'a.com', 'a.com'],
  ['/', ['A.CoM'], 'a.com', 'A.CoM'],
  ['/', ['a.com:80'], 'a.com', 'a.com:80'],
  ['/', ['a.com:443'], 'a.com', 'a.com:443'],
  ['/', ['a.com:8080'], 'a.com', 'a.com:8080'],
  ['/', ['a.com:65535'], 'a.com', 'a.com:65535'],
  ['/', ['a.com:0'], 'a.com', 'a.com:0'],
  ['/', ['a.com:'], 'a.com', 'a.com:'],
  ['/', ['a.com:00080'], 'a.com', 'a.com:00080'],
  ['/', ['a.com.'], 'a.com', 'a.com.'],
  ['/', ['a.com.:80'], 'a.com', 'a.com.:80'],
  ['/', ['192.0.2.1'], '192.0.2.1', '192.0.2.1'],
  ['/', ['192.0.2.1:80'], '192.0.2.1', '192.0.2.1:80'],
  ['/', ['[2001:db8::1]'], '[2001:db8::1]', '[2001:db8::1]'],
  ['/', ['[2001:DB8::1]:80'], '[2001:db8::1]', '[2001:DB8::1]:80'],
  ['/', ['[::ffff:192.0.2.1]'], '[::ffff:192.0.2.1]', '[::ffff:192.0.2.1]'],
  ['/', ['x_y.a.com'], 'x_y.a.com', 'x_y.a.com'],
  ['/', [' \ta.com\t '], 'a.com', 'a.com'],
  ['/http://b.com/', ['a.com'], 'a.com', 'a.com'],
  ['/?http://b.com/', ['a.com'], 'a.com', 'a.com'],
  // Absolute form: its authority wins, and Host upstream is the same (RFC 9112 3.2.2).
  ['http://a.com/', ['a.com'], 'a.com', 'a.com'],
  ['http://a.com/', ['b.com'], 'a.com', 'a.com'],
  ['http://A.com:81/', ['b.com:82'], 'a.com', 'A.com:81'],
  ['HTTP://a.com/', ['b.com'], 'a.com', 'a.com'],
  ['https://a.com/', ['a.com'], 'a.com', 'a.com'],
  ['http://a.com', ['b.com'], 'a.com', 'a.com'],
  ['http://a.com?x', ['b.com'], 'a.com', 'a.com'],
  ['http://a.com:/', ['b.com'], 'a.com', 'a.com:'],
  ['http://a.com./', ['b.com'], 'a.com', 'a.com.'],
  ['http://[2001:db8::1]:80/', ['b.com'], '[2001:db8::1]', '[2001:db8::1]:80'],
];

/** [target, lines of Host]: 400, and no backend hears of it. */
const REFUSED: readonly (readonly [target: string, hosts: readonly string[]])[] = [
  ['/', []],
  ['/', ['a.com', 'a.com']],
  ['/', ['a.com', 'b.com']],
  ['/', ['']],
  ['/', ['.']],
  ['/', ['a.com:80:80']],
  ['/', ['a.com:65536']],
  ['/', ['a.com:-1']],
  ['/', ['a.com:80a']],
  ['/', [':80']],
  ['/', ['user@a.com']],
  ['/', ['user:pass@a.com']],
  ['/', ['http://a.com']],
  ['/', ['a.com/']],
  ['/', ['a.com?x']],
  ['/', ['a.com#x']],
  ['/', ['a.com, b.com']],
  ['/', ['a com']],
  ['/', ['a\x00.com']],
  ['/', ['a\x7f.com']],
  ['/', ['\xe4.com']],
  ['/', ['a%2ecom']],
  ['/', ['[2001:db8::1']],
  ['/', ['2001:db8::1']],
  ['/', ['[2001:db8::1]x']],
  ['/', ['[::g]']],
  ['/', ['[::1%25eth0]']],
  ['/', [`${'a'.repeat(256)}`]],
  ['http://a.com/', []],
  ['http://a.com/', ['a.com', 'a.com']],
  ['http://a.com/', ['user@a.com']],
  ['http://user@a.com/', ['a.com']],
  ['http://user:pass@a.com/', ['a.com']],
  ['http://a.com:80:80/', ['a.com']],
  ['http://a.com:65536/', ['a.com']],
  ['http:///', ['a.com']],
  ['http://', ['a.com']],
  ['http://:80/', ['a.com']],
  ['http://a.com\\@b.com/', ['a.com']],
  ['http://a%2ecom/', ['a.com']],
  ['http://[::1/', ['a.com']],
  ['//b.com\\x', ['a.com']],
  ['ftp://a.com/', ['a.com']],
  ['a.com', ['a.com']],
  ['a.com:80', ['a.com']],
];

const requestOf = (target: string, hosts: readonly string[]): string =>
  `GET ${target} HTTP/1.1\r\n${hosts.map(host => `Host: ${host}\r\n`).join('')}\r\n`;

test(`S13 one host decides and the backend is told the same: ${SERVED.length} forms that are served`, async t => {
  const origin = await startAnsweringOrigin(OK);
  let routed = '';
  let seen = 0;
  const router = await startOnePoolRouter([origin.port], {
    decide: ({ host }): Decision | undefined => {
      routed = host;
      return undefined;
    },
  });
  const client = await connectRaw(router.port);
  for (const [target, hosts, host, upstream] of SERVED) {
    const label = `${target} ${JSON.stringify(hosts)}`;
    client.takeReceived();
    client.write(requestOf(target, hosts));
    t.is(await client.until(peer => peer.hasEnded || peer.received.endsWith('\r\n\r\nok')), OK, label);
    const head = origin.connections[0]?.received.slice(seen) ?? '';
    seen += head.length;
    t.is(routed, host, label);
    t.deepEqual(
      head.match(/^host: *[^\r]*/gim)?.map(line => line.slice('host:'.length).trim()),
      [upstream],
      label,
    );
    t.true(head.includes(`\r\nX-Forwarded-Host: ${upstream}\r\n`), label);
  }
  t.deepEqual(router.bugs, []);
  client.socket.destroy();
  await router.close();
  await origin.close();
});

test(`S13 what could be read as another host, or as none, is 400: ${REFUSED.length} forms`, async t => {
  const origin = await startAnsweringOrigin(OK);
  const router = await startOnePoolRouter([origin.port]);
  for (const [target, hosts] of REFUSED) {
    const client = await connectRaw(router.port);
    client.write(requestOf(target, hosts));
    const answer = await client.untilEnd();
    t.true(answer.startsWith('HTTP/1.1 400 '), `${target} ${JSON.stringify(hosts)}: ${answer.slice(0, 30)}`);
    client.socket.destroy();
  }
  t.is(origin.connections.length, 0);
  await router.close();
  await origin.close();
});
