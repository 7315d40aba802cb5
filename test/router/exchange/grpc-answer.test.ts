import test from 'ava';
import { grpcAnswer, isGrpc } from '../../../router/exchange/grpc-answer.ts';
import type { Decision } from '../../../router/routing/decision.ts';
import { inHttp2World } from '../../helpers/http2-world.ts';
import { deadOrigin } from '../../helpers/recording-origin.ts';

const headWith = (contentType: string): string =>
  `POST /a.B/C HTTP/1.1\r\nHost: a\r\nContent-Type: ${contentType}\r\n`;

for (const [contentType, expected] of [
  ['application/grpc', true],
  ['application/grpc+proto', true],
  ['Application/GRPC; charset=utf-8', true],
  ['application/grpc-web', false],
  ['application/grpc-web+proto', false],
  ['application/json', false],
] as const)
  test(`${contentType} is ${expected ? '' : 'not '}gRPC`, t => {
    t.is(isGrpc(headWith(contentType)), expected);
  });

test('the message is percent-encoded, byte by byte', t => {
  const text = grpcAnswer({
    status: 404,
    code: 'NoRoute',
    reason: '100 % of Ünknown\r\npaths.',
    requestId: 'id',
    isJson: false,
    withoutBody: false,
    closes: false,
    dateLine: 'Date: now\r\n',
    mintedLines: 'Set-Cookie: a=b\r\n',
    lines: 'X-A: 1\r\n',
  });
  t.is(
    text,
    'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: application/grpc\r\nContent-Length: 0\r\nGrpc-Status: 12\r\n' +
      'Grpc-Message: NoRoute: 100 %25 of %C3%9Cnknown%0D%0Apaths. Request id: id\r\nX-A: 1\r\nSet-Cookie: a=b\r\n\r\n',
  );
});

const REQUEST = `${headWith('application/grpc')}Content-Length: 0\r\n\r\n`;

test('a pod that cannot be reached is UNAVAILABLE to a gRPC client, and stays a 502 in the counts', async t => {
  await inHttp2World([deadOrigin()], {}, async ({ client, router }) => {
    client.write(REQUEST);
    const answer = await client.untilText('\r\n\r\n');
    t.regex(answer, /^HTTP\/1\.1 200 OK\r\n/);
    t.regex(answer, /\r\nGrpc-Status: 14\r\nGrpc-Message: ConnectFailed: /);
    t.is(router.counters.get('responses_5xx'), 1);
  });
});

test('a path that nobody serves is UNIMPLEMENTED', async t => {
  const decide = (): Decision => ({
    kind: 'answer',
    status: 404,
    code: 'NoRoute',
    reason: 'No path matches.',
  });
  await inHttp2World([], { decide }, async ({ client }) => {
    client.write(REQUEST);
    t.regex(await client.untilText('\r\n\r\n'), /\r\nGrpc-Status: 12\r\n/);
  });
});
