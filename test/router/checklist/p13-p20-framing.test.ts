import test from 'ava';
import { connectRaw } from '../../helpers/raw-peer.ts';
import { startOrigin } from '../../helpers/recording-origin.ts';
import { inWorld } from '../../helpers/router-world.ts';
import { OK, sentThrough } from '../../helpers/sent-through.ts';

const HOST = 'Host: a.com\r\n';
const GET = `GET / HTTP/1.1\r\n${HOST}\r\n`;
const post = (fields: string, body: string): string => `POST / HTTP/1.1\r\n${HOST}${fields}\r\n\r\n${body}`;
const chunked = (body: string): string => post('Transfer-Encoding: chunked', body);

// RFC 9112 8: a message whose body is shorter than promised is incomplete and MUST NOT pass for whole.
test('P13: a short request body is incomplete: the origin sees no end, the client no answer', async t => {
  for (const request of [
    post('Content-Length: 10', 'hello'),
    ...['', '5', '5\r\nhel', '5\r\nhello\r\n', '5\r\nhello\r\n0\r\n', '5\r\nhello\r\n0\r\nA: b\r\n'].map(
      chunked,
    ),
  ]) {
    const bugs = await sentThrough({}, async ({ send, origin }) => {
      const { answer, requests } = await send(request);
      t.is(answer, '', JSON.stringify(request));
      t.deepEqual(requests, []);
      for (const peer of origin.connections) await peer.untilClosed();
      t.deepEqual(origin.takeRequests(), []);
    });
    t.deepEqual(bugs, []);
  }
});
test('P13: a short answer ends the connection before its promised end', async t => {
  for (const framed of [
    'Content-Length: 10\r\n\r\nhello',
    'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
  ]) {
    const origin = await startOrigin({
      onConnection: peer => peer.socket.once('data', () => peer.socket.end(`HTTP/1.1 200 OK\r\n${framed}`)),
    });
    await inWorld([origin], {}, async ({ client }) => {
      client.write(GET + GET);
      const text = await client.untilEnd();
      t.regex(text, /hello(?:\r\n)?$/);
      t.is(text.split('HTTP/1.1').length, 2, 'nothing follows what is not whole');
    });
  }
});

// RFC 9112 6.1, 6.2; RFC 9110 8.6: neither field MUST be sent in a 1xx or 204 answer.
test('P14: no Transfer-Encoding and no Content-Length on 1xx and 204', async t => {
  const fields = ['Content-Length: 5\r\n', 'Transfer-Encoding: chunked\r\n', 'Content-Length: 0\r\n'];
  for (const framing of fields) {
    const answer = `HTTP/1.1 103 Early Hints\r\n${framing}A: b\r\n\r\nHTTP/1.1 204 No Content\r\n${framing}C: d\r\n\r\n`;
    await sentThrough({ answer }, async ({ send }) => {
      const passage = await send(GET);
      t.regex(
        passage.answer,
        /^HTTP\/1\.1 103 Early Hints\r\nA: b\r\n\r\nHTTP\/1\.1 204 No Content\r\nC: d\r\nDate: .*\r\n\r\n$/,
      );
    });
  }
});

// RFC 9112 7.1, 6.2; RFC 9110 8.6: large numbers MUST be expected, and overflow prevented.
test('P15: sizes that overflow some counter are refused, never wrapped', async t => {
  const bugs = await sentThrough({}, async ({ send, origin }) => {
    for (const size of [
      '80000000000000',
      'fffffffffffffff0',
      '10000000000000002',
      '00000000000000002',
      'f'.repeat(400),
    ]) {
      const { statuses } = await send(chunked(`${size}\r\nok\r\n0\r\n\r\n`));
      t.deepEqual(statuses, [400], size);
    }
    for (const length of ['9007199254740993', '18446744073709551618', '4294967298000000000']) {
      t.deepEqual((await send(post(`Content-Length: ${length}`, 'ok'))).statuses, [400], length);
    }
    t.deepEqual(origin.takeRequests(), []);
  });
  t.deepEqual(bugs, []);
});
test('P15: 2^32 and more is counted as it is: the body is not whole after its remainder', async t => {
  await sentThrough({}, async ({ send, origin }) => {
    for (const request of [
      chunked('100000002\r\nok\r\n0\r\n\r\n'),
      post('Content-Length: 4294967298', `ok${GET}`),
    ]) {
      t.is((await send(request)).answer, '');
      t.deepEqual(origin.takeRequests(), []);
    }
  });
});
// RFC 9112 7.1.1: unknown chunk extensions MUST be ignored. Ours: also removed.
test('P15: chunk extensions are ignored, and end here', async t => {
  await sentThrough({}, async ({ send }) => {
    for (const extension of [';a', ';a=b', ';a="b;\\" c"', ';a;b=c']) {
      const { requests } = await send(chunked(`2${extension}\r\nok\r\n0${extension}\r\n\r\n`));
      t.is(requests[0]?.body, '2\r\nok\r\n0\r\n\r\n', extension);
    }
  });
});

// RFC 9110 6.5.1, RFC 9112 7.1.2: a trailer MUST NOT be merged into the headers unless its definition allows it.
test('P16: trailers stay trailers, and decide nothing', async t => {
  let seen: string | undefined = '';
  await sentThrough(
    {
      decide: request => {
        seen = request.headerLine('foo', 0);
        return undefined;
      },
    },
    async ({ send }) => {
      const trailers =
        'Foo: bar\r\nCookie: a=b\r\nAuthorization: x\r\nX-Forwarded-For: 6.6.6.6\r\nx-sluice-track: edge\r\nHost: b\r\n';
      const { requests } = await send(chunked(`2\r\nok\r\n0\r\n${trailers}\r\n`));
      t.is(seen, undefined);
      t.is(requests[0]?.body, '2\r\nok\r\n0\r\nFoo: bar\r\n\r\n');
      t.notRegex(requests[0]?.head ?? '', /foo:|cookie|6\.6\.6\.6|track: edge/i);
    },
  );
});
test('P16: a trailer that would frame the message anew is 400', async t => {
  await sentThrough({}, async ({ send, origin }) => {
    for (const trailer of ['Content-Length: 0', 'Transfer-Encoding: chunked', 'a b: c', ' A: b']) {
      t.deepEqual((await send(chunked(`2\r\nok\r\n0\r\n${trailer}\r\n\r\n`))).statuses, [400], trailer);
      t.deepEqual(origin.takeRequests(), []);
    }
  });
});

// RFC 9112 9.2: what comes with no request outstanding MUST NOT be taken for an answer; the connection is closed.
test('P17: bytes behind an answer, or on an idle connection, are nobody’s answer', async t => {
  const bugs = await inWorld([await startOrigin()], {}, async ({ client, origins }) => {
    client.write(GET);
    const first = await origins[0]?.connection(0);
    await first?.untilText('\r\n\r\n');
    first?.write(OK + OK.replace('ok', 'no'));
    t.is(await client.untilLength(OK.length), OK);
    await first?.untilClosed();
    client.write(GET);
    const second = await origins[0]?.connection(1);
    await second?.untilText('\r\n\r\n');
    second?.write(OK);
    await client.untilLength(2 * OK.length);
    second?.write(OK.replace('ok', 'no'));
    await second?.untilClosed();
    client.write(GET);
    const third = await origins[0]?.connection(2);
    await third?.untilText('\r\n\r\n');
    third?.write(OK);
    t.is(await client.untilLength(3 * OK.length), OK.repeat(3));
  });
  t.deepEqual(bugs, []);
});

// RFC 9112 9.3: a server MUST read the whole body of a request, or close after its answer.
test('P18: the body of a request that the router answers itself is read to its end, or the connection closes', async t => {
  const answer = { kind: 'answer', status: 404, code: 'NoRoute', reason: 'None.' } as const;
  const decide = ({ path }: { readonly path: string }) => (path === '/' ? undefined : answer);
  await sentThrough({ decide }, async ({ send, origin }) => {
    const body = `GET /smuggled HTTP/1.1\r\n${HOST}\r\n`;
    for (const [fields, framed] of [
      [`Content-Length: ${body.length}`, body],
      ['Transfer-Encoding: chunked', `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`],
    ] as const) {
      const whole = await send(post(fields, framed).replace('/', '/none') + GET);
      t.deepEqual(whole.statuses, [404, 200]);
      t.is(whole.requests.length, 1);
    }
    const cut = await send(post('Content-Length: 4000', body).replace('/', '/none') + GET);
    t.deepEqual(cut.statuses, [404]);
    const broken = await send(chunked(`zz\r\n${GET}`).replace('/', '/none'));
    t.deepEqual(broken.statuses, [404]);
    t.deepEqual(origin.takeRequests(), []);
  });
});

// RFC 9112 9.3: a proxy MUST NOT keep a connection with an HTTP/1.0 client, whatever Keep-Alive says.
test('P19: an HTTP/1.0 connection ends with its answer', async t => {
  await sentThrough({}, async ({ send, router }) => {
    const { answer, requests } = await send(
      `GET / HTTP/1.0\r\nConnection: keep-alive\r\nKeep-Alive: 5\r\n\r\n${GET}`,
    );
    t.is(answer, OK.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    t.is(requests.length, 1);
    t.notRegex(requests[0]?.head ?? '', /keep-alive/i);
    // Not because the client ended: the router does it by itself.
    const client = await connectRaw(router.port);
    client.write('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    t.regex(await client.untilEnd(), /\r\nConnection: close\r\n/);
    client.socket.destroy();
  });
});

// RFC 9110 7.6.1: Connection MUST be parsed and removed, with every header and trailer field that it names.
test('P20: what Connection names goes with it: in headers and trailers, of requests and answers', async t => {
  const own =
    'Connection: foo, , BAR\r\nFoo: 1\r\nfoo: 2\r\nBar: 3\r\nKeep-Alive: x\r\nTE: trailers\r\nProxy-Connection: x\r\n';
  const body = 'Transfer-Encoding: chunked\r\n\r\n0\r\nfoo: 4\r\nKept: 5\r\nbar: 6\r\n\r\n';
  const answer = `HTTP/1.1 200 OK\r\nDate: now\r\n${own}${body}`;
  await sentThrough({ answer }, async ({ send }) => {
    const passage = await send(`POST / HTTP/1.1\r\n${HOST}${own}${body}`);
    t.is(
      passage.answer,
      'HTTP/1.1 200 OK\r\nDate: now\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nKept: 5\r\n\r\n',
    );
    const [request] = passage.requests;
    t.is(request?.body, '0\r\nKept: 5\r\n\r\n');
    t.notRegex(request?.head ?? '', /^(?:connection|foo|bar|keep-alive|te|proxy-connection):/im);
  });
});
test('P20: close is acted on, on either side', async t => {
  await sentThrough({ answer: OK.replace('Date', 'Connection: close\r\nDate') }, async ({ send, origin }) => {
    t.is((await send(GET + GET)).answer, OK + OK, 'the client does not hear of the other connection');
    t.is(origin.connections.length, 2);
    const closing = await send(GET.replace(HOST, `${HOST}Connection: x, CLOSE\r\n`) + GET);
    t.deepEqual(closing.statuses, [200]);
  });
});
