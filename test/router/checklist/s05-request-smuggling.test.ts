import test, { type ExecutionContext } from 'ava';
import type { OriginRequest } from '../../helpers/framing-origin.ts';
import { llhttpReads } from '../../helpers/llhttp-oracle.ts';
import { startOnePoolRouter } from '../../helpers/one-pool-router.ts';
import { connectRaw } from '../../helpers/raw-peer.ts';
import { startOrigin } from '../../helpers/recording-origin.ts';
import { OK, type Passage, type SentThrough, sentThrough } from '../../helpers/sent-through.ts';
import {
  clTe,
  type Payload,
  PROXY_PAYLOADS,
  SERVER_PAYLOADS,
  SMUGGLED,
  TE_MUTATIONS,
  teCl,
} from '../../helpers/smuggling.ts';

const NOT_FOUND = {
  kind: 'answer',
  status: 404,
  code: 'NoHost',
  reason: 'No Ingress serves this host.',
} as const;

/** Names that some reader takes for the framing, whatever stands between and around their letters. */
const framingNames = (head: string): readonly string[] =>
  head
    .split(/[\r\n]+/)
    .slice(1)
    .map(line => (line.split(':')[0] ?? '').toLowerCase().replace(/[^a-z]/g, ''))
    .filter(name => name === 'transferencoding' || name === 'contentlength');

/** What no request that reached the origin may be: anything that two readers end differently. */
const assertUnambiguous = async (
  t: ExecutionContext,
  { head, body }: OriginRequest,
  sent: string,
): Promise<void> => {
  const shown = JSON.stringify(sent.slice(0, 300));
  t.true(framingNames(head).length <= 1, `one framing: ${shown}`);
  t.notRegex(head, /[\0\x0b\x0c]|[^\r]\n|\r[^\n]/, `lines end in CRLF alone: ${shown}`);
  const read = await llhttpReads(head + body);
  t.is(read.length, 1, `strict llhttp reads one request: ${shown}`);
};

/** At most `most` requests pass, each with one meaning; what broke off holds no second head. */
const assertHarmless = async (
  t: ExecutionContext,
  { send, origin }: SentThrough,
  { bytes, most }: { readonly bytes: string; readonly most: number },
): Promise<Passage> => {
  const passage = await send(bytes);
  const shown = JSON.stringify(bytes.slice(0, 300));
  t.true(passage.requests.length <= most, `${passage.requests.length} requests: ${shown}`);
  for (const request of passage.requests) {
    await assertUnambiguous(t, request, bytes);
    if (most < 2) t.notRegex(request.head, /smuggled/, shown);
  }
  for (const stray of origin.strayBytes()) {
    t.notRegex(
      stray,
      /\r\n\r\n[\s\S]* HTTP\/1\.1\r\n[\s\S]*\r\nx-sluice-track/,
      `no second head in what broke off: ${shown}`,
    );
  }
  return passage;
};

const disguises = test.macro({
  async exec(t, payload: (mutation: string) => string) {
    t.is(TE_MUTATIONS.length, 668);
    let passed = 0;
    let refused = 0;
    const bugs = await sentThrough({}, async through => {
      for (const mutation of TE_MUTATIONS) {
        const bytes = payload(mutation);
        // A disguise that is an ordinary field to everybody leaves a pipelined pair, which the client itself sent.
        const most = /^(?:Transfer_|Content-E)/.test(mutation) ? 2 : 1;
        const { requests, statuses } = await assertHarmless(t, through, { bytes, most });
        passed += requests.length;
        refused += statuses.some(status => status >= 400) ? 1 : 0;
      }
    });
    t.deepEqual(bugs, []);
    // Those that pass hide nothing: the coding is no name at all, or the disguise is an ordinary field.
    t.true(refused > 600, `${refused} refused`);
    t.log(`${refused} refused, ${passed} passed as one request`);
  },
  title: (title = '') => title,
});
test('S5: 668 disguises of Transfer-Encoding, CL.TE: never a second request', disguises, clTe);
test('S5: 668 disguises of Transfer-Encoding, TE.CL: never a second request', disguises, teCl);

const payloads = test.macro({
  async exec(t, list: readonly Payload[], least: number) {
    t.true(list.length >= least, `${list.length} payloads`);
    const bugs = await sentThrough({}, async through => {
      for (const [, bytes, mayPass] of list) {
        await assertHarmless(t, through, { bytes, most: mayPass === 'may pass' ? 1 : 0 });
      }
    });
    t.deepEqual(bugs, []);
  },
  title: (title = '') => title,
});
test('S5: payloads that lead servers astray reach no origin', payloads, SERVER_PAYLOADS, 48);
test('S5: payloads that lead proxies astray arrive as one request at most', payloads, PROXY_PAYLOADS, 24);

test('S5: a body that breaks off takes its upstream socket with it, and the next request is not its end', async t => {
  // CVE-2026-33555: FIN before the bytes of Content-Length.
  const bugs = await sentThrough({}, async ({ send, origin }) => {
    for (const framing of ['Content-Length: 500\r\n\r\n', 'Transfer-Encoding: chunked\r\n\r\nfff\r\n']) {
      const cut = await send(`POST /front HTTP/1.1\r\nHost: a.com\r\n${framing}${SMUGGLED}`);
      t.is(cut.answer, '');
      const next = await send('GET /next HTTP/1.1\r\nHost: a.com\r\n\r\n');
      t.is(next.answer, OK);
      t.is(next.requests.length, 1);
      t.regex(next.requests[0]?.head ?? '', /^GET \/next HTTP\/1\.1\r\n/);
    }
    t.is(origin.connections.length, 3, 'a broken one each, and one that is kept');
  });
  t.deepEqual(bugs, []);
});

// Who waits for a 100 and gets a final answer may leave the body out: the next request must not be taken for it.
for (const [name, hasEndpoint, options] of [
  ['an answer of ours', true, { decide: () => NOT_FOUND }],
  ['no endpoint', false, {}],
] as const) {
  test(`S5: after ${name} to a request whose body is held back, nothing more is read as a request or as its body`, async t => {
    const origin = await startOrigin();
    const router = await startOnePoolRouter(hasEndpoint ? [origin.port] : [], options);
    const client = await connectRaw(router.port);
    client.write(
      `POST / HTTP/1.1\r\nHost: a.com\r\nExpect: 100-continue\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n`,
    );
    t.regex(await client.untilText('request id'), /\r\nConnection: close\r\n/);
    client.write(`${SMUGGLED}${SMUGGLED}`);
    const answer = await client.untilEnd();
    t.is(answer.split('HTTP/1.1 ').length, 2, 'one answer');
    client.socket.destroy();
    t.is(origin.connections.length, 0);
    await router.close();
    await origin.close();
    t.deepEqual(router.bugs, []);
  });
}

test('S5: a body that came though it was expected to be held back is a body, and the connection goes on', async t => {
  await sentThrough({}, async ({ send }) => {
    const { statuses, requests } = await send(
      `POST / HTTP/1.1\r\nHost: a.com\r\nExpect: 100-continue\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}GET /next HTTP/1.1\r\nHost: a.com\r\n\r\n`,
    );
    t.deepEqual(statuses, [200, 200]);
    t.deepEqual(
      requests.map(({ body }) => body),
      [SMUGGLED, ''],
    );
  });
});
