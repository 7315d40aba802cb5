import test from 'ava';
import type { OwnAnswer } from '../../../router/exchange/own-answer.ts';
import type { PendingVerdict } from '../../../router/policies/pending-verdict.ts';
import { type RouteCheck, RouteChecks } from '../../../router/policies/route-checks.ts';
import { socketsRead } from '../../helpers/event-loop-turns.ts';
import type { OnePoolOptions } from '../../helpers/one-pool-router.ts';
import { connectRaw, type RawPeer } from '../../helpers/raw-peer.ts';
import { startAnsweringOrigin, startOrigin } from '../../helpers/recording-origin.ts';
import { inWorld } from '../../helpers/router-world.ts';

const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';
const NO: OwnAnswer = { status: 401, code: 'No', reason: 'No.' };
const HOST = 'Host: a.com\r\n';

class Verdict implements PendingVerdict {
  listener: ((answer: OwnAnswer | null) => void) | null = null;
  isForgotten = false;
  whenKnown(listener: (answer: OwnAnswer | null) => void): void {
    this.listener = listener;
  }
  forget(): void {
    this.isForgotten = true;
  }
  tell(answer: OwnAnswer | null): void {
    this.listener?.(answer);
  }
}

/** A route whose check makes up its mind when a test says so, for all requests but those to `/free`. */
const world = (): { readonly verdicts: Verdict[]; readonly options: OnePoolOptions } => {
  const verdicts: Verdict[] = [];
  const check: RouteCheck = {
    before: (head, notes) => {
      notes.responseLines += 'X-Checked: 1\r\n';
      if (head.path.startsWith('/free')) return null;
      const verdict = new Verdict();
      verdicts.push(verdict);
      notes.verdict = verdict;
      return null;
    },
  };
  const checks = new RouteChecks({
    checks: [check],
    maxBodyBytes: Number.POSITIVE_INFINITY,
    timeouts: null,
    droppedFields: ['authorization'],
  });
  return { verdicts, options: { forward: { checks } } };
};

const until = async (isMet: () => boolean): Promise<void> => {
  while (!isMet()) await socketsRead();
};

/** Another client's request, whole, between the head and the verdict of the one that waits. */
const other = async (port: number, t: { regex(text: string, expected: RegExp): void }): Promise<void> => {
  const peer = await connectRaw(port);
  peer.write('POST /free/other HTTP/1.1\r\nHost: other.com\r\nX-Other: 1\r\nContent-Length: 5\r\n\r\nother');
  t.regex(await peer.untilText('\r\n\r\nok'), /^HTTP\/1\.1 200 /);
  peer.socket.destroy();
};

test('a request that waited goes on as it came, whoever passed meanwhile', async t => {
  const { verdicts, options } = world();
  const bugs = await inWorld(
    [await startAnsweringOrigin(OK)],
    options,
    async ({ client, router, origins }) => {
      client.write(
        `POST /mine?q HTTP/1.1\r\n${HOST}Authorization: x\r\nX-Mine: 1\r\nContent-Length: 5\r\n\r\nhe`,
      );
      await until(() => verdicts.length === 1);
      await other(router.port, t);
      client.write('llo');
      await socketsRead();
      t.notRegex(origins[0]?.connections.map(({ received }) => received).join('') ?? '', /mine/);
      verdicts[0]?.tell(null);
      t.regex(await client.untilText('\r\n\r\nok'), /^HTTP\/1\.1 200 [\s\S]*X-Checked: 1/);
      const seen = origins[0]?.connections.map(({ received }) => received).join('') ?? '';
      const mine = seen.slice(seen.indexOf('POST /mine?q HTTP/1.1\r\n'));
      t.regex(mine, /\r\nHost: a\.com\r\n[\s\S]*X-Mine: 1\r\n[\s\S]*X-Forwarded-For: 127\.0\.0\.1\r\n/);
      t.notRegex(mine, /authorization|x-other/i);
      t.true(mine.endsWith('\r\n\r\nhello'));
    },
  );
  t.deepEqual(bugs, []);
});

test('a request that is turned away in the end never reached anybody; the connection goes on', async t => {
  const { verdicts, options } = world();
  const bugs = await inWorld(
    [await startAnsweringOrigin(OK)],
    options,
    async ({ client, router, origins }) => {
      client.write(`POST /one HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`);
      client.write(`GET /two HTTP/1.1\r\n${HOST}\r\n`);
      await until(() => verdicts.length === 1);
      await other(router.port, t);
      t.is(verdicts.length, 1, 'the next request waits for its turn');
      verdicts[0]?.tell(NO);
      t.regex(await client.untilText('code: No'), /^HTTP\/1\.1 401 [\s\S]*X-Checked: 1/);
      client.takeReceived();
      await until(() => verdicts.length === 2);
      verdicts[1]?.tell(null);
      await client.untilText('\r\n\r\nok');
      const seen = origins[0]?.connections.map(({ received }) => received).join('') ?? '';
      t.notRegex(seen, /\/one/);
      t.regex(seen, /GET \/two HTTP\/1\.1\r\n/);
    },
  );
  t.deepEqual(bugs, []);
});

test('a client that goes away while it waits is forgotten', async t => {
  const { verdicts, options } = world();
  const bugs = await inWorld([await startOrigin()], options, async ({ client, router, origins }) => {
    client.write(`GET / HTTP/1.1\r\n${HOST}\r\n`);
    await until(() => verdicts.length === 1);
    client.socket.resetAndDestroy();
    await until(() => verdicts[0]?.isForgotten === true);
    t.is(router.counters.get('client_aborts'), 1);
    t.is(origins[0]?.connections.length, 0);
  });
  t.deepEqual(bugs, []);
});

test('a client that has ended its side still gets the answer', async t => {
  const { verdicts, options } = world();
  const bugs = await inWorld([await startAnsweringOrigin(OK)], options, async ({ client }) => {
    client.socket.end(`GET / HTTP/1.1\r\n${HOST}\r\n`, 'latin1');
    await until(() => verdicts.length === 1);
    await socketsRead();
    verdicts[0]?.tell(null);
    t.regex(await client.untilEnd(), /^HTTP\/1\.1 200 [\s\S]*ok$/);
  });
  t.deepEqual(bugs, []);
});

test('a body that comes while its request waits is held back, not hoarded', async t => {
  const { verdicts, options } = world();
  const total = 24 * 1_048_576;
  const bugs = await inWorld([await startOrigin()], options, async ({ client, origins }) => {
    client.write(`POST / HTTP/1.1\r\n${HOST}Content-Length: ${total}\r\n\r\n`);
    await until(() => verdicts.length === 1);
    client.socket.write(Buffer.alloc(total));
    let written = -1;
    while (written !== client.socket.bytesWritten - client.socket.writableLength) {
      written = client.socket.bytesWritten - client.socket.writableLength;
      for (let turn = 0; turn < 50; turn += 1) await socketsRead();
    }
    t.true(client.socket.writableLength > 0, 'the router does not read on');
    verdicts[0]?.tell(null);
    const peer: RawPeer | undefined = await origins[0]?.connection(0);
    let count = 0;
    peer?.socket.removeAllListeners('data');
    peer?.socket.on('data', (bytes: Buffer) => {
      count += bytes.length;
    });
    await until(() => count >= total);
    peer?.write(OK);
    t.regex(await client.untilText('\r\n\r\nok'), /^HTTP\/1\.1 200 /);
  });
  t.deepEqual(bugs, []);
});

test('a request whose regexes cost too much is counted, and goes on', async t => {
  const decide: OnePoolOptions['decide'] = request => {
    if (request.path === '/costly') request.matching.spend(Number.POSITIVE_INFINITY);
    return undefined;
  };
  await inWorld([await startAnsweringOrigin(OK)], { decide }, async ({ client, router }) => {
    for (const path of ['/', '/costly', '/']) {
      client.write(`GET ${path} HTTP/1.1\r\n${HOST}\r\n`);
      await client.untilText('\r\n\r\nok');
      client.takeReceived();
    }
    t.is(router.counters.get('regex_budget_exhausted'), 1);
  });
});

test('a stop waits for the verdict', async t => {
  const { verdicts, options } = world();
  const bugs = await inWorld([await startAnsweringOrigin(OK)], options, async ({ client, router }) => {
    client.write(`GET / HTTP/1.1\r\n${HOST}\r\n`);
    await until(() => verdicts.length === 1);
    const closed = router.close();
    await socketsRead();
    verdicts[0]?.tell(null);
    await closed;
    t.regex(await client.untilEnd(), /^HTTP\/1\.1 200 [\s\S]*Connection: close[\s\S]*ok$/);
  });
  t.deepEqual(bugs, []);
});
