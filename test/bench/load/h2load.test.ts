import test from 'ava';
import { h2loadCommand, parseH2load } from '../../../bench/load/h2load.ts';

const PRINTED = `starting benchmark...
TLS Protocol: TLSv1.3
Application protocol: h2

finished in 989.50ms, 16000.00 req/s, 1.10MB/s
requests: 16061 total, 16112 started, 16061 done, 16000 succeeded, 61 failed, 59 errored, 0 timeout
status codes: 15990 2xx, 10 3xx, 2 4xx, 0 5xx
traffic: 1.10MB (1153056) total
`;
const LOG = '1795877725957829\t200\t100\n1795877726431013\t200\t120\n1795877726426918\t-1\t90000\n';

test('requests, length and errors are what it prints, times what it logs', t => {
  t.deepEqual(parseH2load(PRINTED, LOG), {
    requests: 16_061,
    seconds: 0.9895,
    errors: 71,
    p50Us: 100,
    p99Us: 120,
  });
});

test('seconds have their own unit, and a run without a log has no times', t => {
  const result = parseH2load(PRINTED.replace('989.50ms', '3.01s'), '');
  t.is(result?.seconds, 3.01);
  t.is(result?.p99Us, Number.NaN);
});

test('output without a result is none', t => {
  t.is(parseH2load('starting benchmark...\nUnable to connect\n', ''), undefined);
});

test('streams ask for the length of the run, by the host that the certificate is for', t => {
  const command = h2loadCommand({
    entry: 'h2',
    port: 8443,
    seconds: 3,
    ask: { kind: 'streams', connections: 16, streams: 8 },
    log: '/tmp/x.log',
  }).join(' ');
  t.true(command.startsWith('h2load -t 1 -c 16 -m 8 -D 3 --tls13-ciphers=TLS_AES_128_GCM_SHA256 '));
  t.true(command.includes(' --connect-to=127.0.0.1:8443 --log-file=/tmp/x.log '));
  t.true(command.endsWith(' https://shop-0.bench.test:8443/cart/items?page=1&sort=price'));
  t.false(/connection: /i.test(command));
});

test('without TLS it is prior knowledge', t => {
  const ask = { kind: 'streams', connections: 1, streams: 100 } as const;
  const command = h2loadCommand({ entry: 'h2c', port: 80, seconds: 1, ask, path: '/upload/noise' });
  t.is(command.at(-1), 'http://shop-0.bench.test:80/upload/noise');
  t.false(command.some(word => word.startsWith('--log-file') || word === '--h1'));
});

test('new connections come a hundred times a second, as many as there are requests', t => {
  const ask = { kind: 'new-connections', perSecond: 500 } as const;
  const command = h2loadCommand({ entry: 'https', port: 8443, seconds: 3, ask }).join(' ');
  t.true(command.includes(' --h1 -n 1500 -c 1500 -r 5 --rate-period=10ms '));
});
