// S18: V8 HashDoS CVE-2026-21717, Envoy log injection CVE-2024-45808.
import test from 'ava';
import { Counters } from '../../../router/counters.ts';
import { routerLogLine } from '../../../src/cli/router-log.ts';
import { startOnePoolRouter } from '../../helpers/one-pool-router.ts';
import { connectRaw } from '../../helpers/raw-peer.ts';
import { startAnsweringOrigin } from '../../helpers/recording-origin.ts';

const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';
const EVIL = 'x\u001b[31m\u009b2J\u202e\u2028y\r\nrouter: forged';

test('S18 what a bug repeats of a request forges no line of the log, and none of it reaches the client', async t => {
  const router = await startOnePoolRouter([], {
    decide: () => {
      throw new Error(EVIL);
    },
  });
  const client = await connectRaw(router.port);
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const answer = await client.untilText('request id');
  t.regex(answer, /^HTTP\/1\.1 500 /);
  t.false(/forged|\u001b/.test(answer));
  t.is(router.bugs.length, 1);
  const line = routerLogLine('a bug in the routing of a request', new Error(EVIL));
  t.notRegex(line, /[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
  client.socket.destroy();
  await router.close();
});

test('S18 an id that could end a line, colour it or grow it is replaced by one of ours', async t => {
  const origin = await startAnsweringOrigin(OK);
  const router = await startOnePoolRouter([origin.port]);
  const client = await connectRaw(router.port);
  const ids = ['a b', 'a;b', '"a"', '<a>', 'a\xe9', 'a\tb', '', 'a'.repeat(129), '{{a}}', '$(a)', '%0d%0a'];
  for (const [nth, id] of ids.entries()) {
    client.takeReceived();
    client.write(`GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: ${id}\r\n\r\n`);
    t.is(await client.until(peer => peer.hasEnded || peer.received.endsWith('ok')), OK, id);
    const sent = origin.connections[0]?.received.match(/^X-Request-Id: .*$/gim)?.[nth] ?? '';
    t.regex(sent, /^X-Request-Id: [0-9a-f]{32}\r?$/, id);
  }
  client.socket.destroy();
  await router.close();
  await origin.close();
});

test('S18 labels of metrics are bounded: ten thousand tracks share the slots of 64', t => {
  const counters = new Counters();
  for (let nth = 0; nth < 10_000; nth += 1) counters.answered(`track-${nth}`, 200);
  const byTrack = counters.answersByTrack();
  t.is(Object.keys(byTrack).length, 64);
  t.is(
    Object.values(byTrack).reduce((sum, classes) => sum + (classes['2xx'] ?? 0), 0),
    10_000,
  );
});

test('S18 names of objects’ own properties are names like any other', async t => {
  const origin = await startAnsweringOrigin(OK);
  const seen: (string | undefined)[] = [];
  const router = await startOnePoolRouter([origin.port], {
    decide: request => {
      for (const name of ['__proto__', 'constructor', 'tostring'])
        seen.push(request.headerLine(name, 0), request.cookie(name), request.queryParameter(name));
      return undefined;
    },
  });
  const client = await connectRaw(router.port);
  client.write('GET /?__proto__=q HTTP/1.1\r\nHost: a\r\n__proto__: h\r\nCookie: constructor=c\r\n\r\n');
  t.is(await client.untilText('ok'), OK);
  t.deepEqual(seen, ['h', undefined, 'q', undefined, 'c', undefined, undefined, undefined, undefined]);
  client.socket.destroy();
  await router.close();
  await origin.close();
});

test('S18 as many cookies and parameters as a head can hold are searched without a table that could be made to collide', async t => {
  const origin = await startAnsweringOrigin(OK);
  const found: (string | undefined)[] = [];
  const router = await startOnePoolRouter([origin.port], {
    decide: request => {
      found.push(request.cookie('last'), request.queryParameter('last'));
      return undefined;
    },
  });
  const client = await connectRaw(router.port);
  const cookies = Array.from({ length: 5_000 }, (_, nth) => `c${nth % 100}=;`).join('');
  const query = Array.from({ length: 3_000 }, (_, nth) => `${nth % 1_000}=`).join('&');
  client.write(`GET /?${query}&last=q HTTP/1.1\r\nHost: a\r\nCookie: ${cookies}last=c\r\n\r\n`);
  t.is(await client.until(peer => peer.hasEnded || peer.received.endsWith('ok')), OK);
  t.deepEqual(found, ['c', 'q']);
  client.socket.destroy();
  await router.close();
  await origin.close();
});
