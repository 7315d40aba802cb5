import test from 'ava';
import { parseWrkOutput, wrkCommand, wrkScript } from '../../../bench/load/wrk.ts';

test('the result line is found among what wrk prints', t => {
  const printed = `Running 3s test @ http://127.0.0.1:1/
  64 connections
SLUICE-BENCH {"requests":1500,"microseconds":3000000,"errors":2,"p50":1100,"p99":4200}
Requests/sec: 500.00
`;
  t.deepEqual(parseWrkOutput(printed), { requests: 1500, seconds: 3, errors: 2, p50Us: 1100, p99Us: 4200 });
});

test('output without a result is none', t => {
  t.is(parseWrkOutput('unable to connect to 127.0.0.1:1 Connection refused\n'), undefined);
});

test('the script holds no raw line break in a string of Lua', t => {
  for (const line of wrkScript('chunked', { hostCount: 10 }).split('\n'))
    t.is((line.match(/(?<!\\)"/g) ?? []).length % 2, 0);
});

test('few hosts are asked with and without the ticket', t => {
  t.regex(wrkScript('get', { hostCount: 10 }), /local count = 100\n/);
  t.regex(wrkScript('get', { hostCount: 100_000 }), /local count = 100000\n/);
});

test('few hosts are asked with as many different requests as many are, where both are compared', t => {
  const script = wrkScript('get', { hostCount: 10, different: 100_000 });
  t.regex(script, /local count = 100000\n/);
  t.true(script.includes('before:gsub("page=1&"'));
  t.regex(script, /local before = "GET [^ ]*\?page=1&/);
  t.false(wrkScript('get', { hostCount: 10 }).includes('gsub'));
});

test('large bodies are held few times', t => {
  t.regex(wrkScript('up-1m', { hostCount: 10 }), /local count = 64\n/);
});

test('wrk is told of connections, length and script', t => {
  const command = wrkCommand({ port: 8080, connections: 64, seconds: 3, script: '/tmp/x.lua' });
  t.is(command.join(' '), 'wrk -t1 -c64 -d3s --timeout 10s -s /tmp/x.lua http://127.0.0.1:8080/');
});

test('connections pause only where that is asked for', t => {
  t.true(wrkScript('up-1m', { hostCount: 10, pauseMs: 5 }).includes('delay = function() return 5 end\n'));
  t.false(wrkScript('get', { hostCount: 10 }).includes('delay'));
});

test('over TLS the name of the handshake is a host of the job, and the address loopback', t => {
  const asked = { hostCount: 10, tlsPort: 8443 };
  t.true(
    wrkScript('get', asked).startsWith(
      'wrk.resolve = function() wrk.addrs = wrk.lookup("127.0.0.1", "8443") end\n',
    ),
  );
  t.false(wrkScript('get', { hostCount: 10 }).includes('wrk.resolve'));
  const command = wrkCommand({ port: 8443, connections: 1, seconds: 1, script: 'x', isTls: true });
  t.is(command.at(-1), 'https://shop-0.bench.test:8443/');
});

test('connections that are asked on once say so', t => {
  t.true(wrkScript('get-close', { hostCount: 10 }).includes('\\r\\nConnection: close\\r\\n'));
  t.false(wrkScript('get-close', { hostCount: 10 }).includes('keep-alive'));
});
