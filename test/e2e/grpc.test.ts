// gRPC end to end (issue 5): a real client, the router, real servers. One after the other: deadlines are real time.
import { Metadata, status } from '@grpc/grpc-js';
import test from 'ava';
import { chat, collect, expand, grpcClient, outcomeOf, unary } from '../helpers/grpc.ts';
import { echo, inGrpcWorld } from '../helpers/grpc-world.ts';

const text = (messages: readonly Buffer[]): readonly string[] => messages.map(String);

test.serial('a unary call: metadata, message and trailers of the pod arrive', async t => {
  const bugs = await inGrpcWorld({}, async ({ client }) => {
    const { code, messages, head, trailers } = await unary(client, 'hello');
    t.is(code, status.OK);
    t.deepEqual(text(messages), ['hello']);
    t.deepEqual(head.get('x-pod'), ['stable']);
    t.deepEqual(trailers.get('x-trailer'), ['stable']);
    t.deepEqual(trailers.get('x-data-bin'), [Buffer.from([0, 255, 1])]);
  });
  t.deepEqual(bugs, []);
});

test.serial('a stream of the client', async t => {
  const bugs = await inGrpcWorld({}, async ({ client }) => {
    const { code, messages } = await collect(client, ['a', 'b', 'c']);
    t.is(code, status.OK);
    t.deepEqual(text(messages), ['abc']);
  });
  t.deepEqual(bugs, []);
});

test.serial('a stream of the server', async t => {
  const bugs = await inGrpcWorld({}, async ({ client }) => {
    const { code, messages, trailers } = await outcomeOf(expand(client, 'hello'));
    t.is(code, status.OK);
    t.deepEqual(text(messages), ['h', 'e', 'l', 'l', 'o']);
    t.deepEqual(trailers.get('x-trailer'), ['stable']);
  });
  t.deepEqual(bugs, []);
});

test.serial('both stream, message by message: none waits for the next', async t => {
  const bugs = await inGrpcWorld({}, async ({ client }) => {
    const call = chat(client);
    const outcome = outcomeOf(call);
    for (const message of ['one', 'two', 'three']) {
      const answered = new Promise<string>(resolve => {
        call.once('data', (answer: Buffer) => resolve(String(answer)));
      });
      call.write(Buffer.from(message));
      t.is(await answered, message);
    }
    call.end();
    const { code, messages, trailers } = await outcome;
    t.is(code, status.OK);
    t.is(messages.length, 3);
    t.deepEqual(trailers.get('x-trailer'), ['stable']);
  });
  t.deepEqual(bugs, []);
});

test.serial('messages of 4 MiB and more, both ways', async t => {
  const bugs = await inGrpcWorld({}, async ({ client }) => {
    const message = Buffer.alloc(9 * 1_048_576, 'sluice');
    const { code, messages } = await unary(client, message);
    t.is(code, status.OK);
    t.true(messages[0]?.equals(message));
  });
  t.deepEqual(bugs, []);
});

test.serial('a ticket in the metadata leads to the edge, whatever kind of call it is', async t => {
  const bugs = await inGrpcWorld({}, async ({ client }) => {
    const metadata = { foo: 'bar' };
    t.deepEqual((await unary(client, 'x', { metadata })).head.get('x-pod'), ['edge']);
    t.deepEqual((await collect(client, ['x'], { metadata })).head.get('x-pod'), ['edge']);
    t.deepEqual((await outcomeOf(expand(client, 'x', { metadata }))).head.get('x-pod'), ['edge']);
    const call = chat(client, { metadata });
    call.end();
    t.deepEqual((await outcomeOf(call)).head.get('x-pod'), ['edge']);
    t.deepEqual((await unary(client, 'x', { metadata: { foo: 'baz' } })).head.get('x-pod'), ['stable']);
  });
  t.deepEqual(bugs, []);
});

test.serial('a status of the pod arrives as it was given, with its details', async t => {
  const failing = {
    ...echo('stable'),
    unary: (_call: unknown, done: (error: object) => void) => {
      const metadata = new Metadata();
      metadata.set('x-why', 'because');
      done({ code: status.FAILED_PRECONDITION, details: 'zu spät: 100 %', metadata });
    },
  };
  const bugs = await inGrpcWorld({ stable: failing }, async ({ client }) => {
    const { code, details, trailers } = await unary(client, 'x');
    t.is(code, status.FAILED_PRECONDITION);
    t.is(details, 'zu spät: 100 %');
    t.deepEqual(trailers.get('x-why'), ['because']);
  });
  t.deepEqual(bugs, []);
});

/** Never answers, and tells of its end. */
const silent = () => {
  const told: { cancelled: () => void; begun: (deadline: unknown) => void } = {
    cancelled: () => undefined,
    begun: () => undefined,
  };
  const cancelled = new Promise<void>(resolve => {
    told.cancelled = resolve;
  });
  const begun = new Promise<unknown>(resolve => {
    told.begun = resolve;
  });
  const wait = (call: { on(event: string, told: () => void): void; getDeadline(): unknown }) => {
    call.on('cancelled', told.cancelled);
    told.begun(call.getDeadline());
  };
  return { service: { unary: wait, collect: wait, expand: wait, chat: wait }, cancelled, begun };
};

test.serial('a deadline goes along, and its end reaches the pod', async t => {
  const pod = silent();
  const bugs = await inGrpcWorld({ stable: pod.service }, async ({ client }) => {
    const call = chat(client, { deadlineMs: 1_500 });
    const outcome = outcomeOf(call);
    const deadline = await pod.begun;
    t.is((await outcome).code, status.DEADLINE_EXCEEDED);
    t.true(Number(deadline) < Date.now() + 1_600);
    await pod.cancelled;
  });
  t.deepEqual(bugs, []);
});

test.serial('a call that its client cancels is cancelled at the pod', async t => {
  const pod = silent();
  const bugs = await inGrpcWorld({ stable: pod.service }, async ({ client, router }) => {
    const call = chat(client);
    const outcome = outcomeOf(call);
    call.write(Buffer.from('x'));
    await pod.begun;
    call.cancel();
    t.is((await outcome).code, status.CANCELLED);
    await pod.cancelled;
    t.is(router.counters.get('client_aborts'), 1);
  });
  t.deepEqual(bugs, []);
});

test.serial('what the router answers itself is a gRPC status', async t => {
  const bugs = await inGrpcWorld(
    { options: { responseHeadTimeoutMs: 50 }, stable: silent().service },
    async ({ router, client }) => {
      const elsewhere = grpcClient(router.port, 'b.com');
      const unrouted = await unary(elsewhere, 'x');
      t.is(unrouted.code, status.UNIMPLEMENTED);
      t.regex(unrouted.details, /^NoHost: No Ingress serves this host\. Request id: \w+$/);
      elsewhere.close();
      const late = await unary(client, 'x');
      t.is(late.code, status.UNAVAILABLE);
      t.regex(late.details, /^UpstreamTimeout: /);
    },
  );
  t.deepEqual(bugs, []);
});

test.serial('a pod that is gone is UNAVAILABLE', async t => {
  const bugs = await inGrpcWorld({}, async ({ client, stable }) => {
    t.is((await unary(client, 'x')).code, status.OK);
    stable.server.forceShutdown();
    const { code, details } = await unary(client, 'x');
    t.is(code, status.UNAVAILABLE);
    t.regex(details, /^(?:ConnectFailed|UpstreamReset): /);
  });
  t.deepEqual(bugs, []);
});

test.serial('calls that run while the router drains are finished, and the client is told to go', async t => {
  const bugs = await inGrpcWorld({ options: { drainTimeoutMs: 10_000 } }, async ({ client, router }) => {
    const call = chat(client);
    const outcome = outcomeOf(call);
    call.write(Buffer.from('one'));
    await new Promise(resolve => call.once('data', resolve));
    const closed = router.close();
    call.write(Buffer.from('two'));
    call.end();
    const { code, messages } = await outcome;
    t.is(code, status.OK);
    t.deepEqual(text(messages), ['one', 'two']);
    await closed;
  });
  t.deepEqual(bugs, []);
});

test.serial('a pod that drains finishes its calls; new ones go on a new connection', async t => {
  const bugs = await inGrpcWorld({}, async ({ client, stable, edge, router }) => {
    const call = chat(client);
    const outcome = outcomeOf(call);
    call.write(Buffer.from('one'));
    await new Promise(resolve => call.once('data', resolve));
    const drained = new Promise<void>(resolve => stable.server.tryShutdown(() => resolve()));
    call.write(Buffer.from('two'));
    call.end();
    t.is((await outcome).code, status.OK);
    await drained;
    t.is(router.counters.get('upstream_resets'), 0);
    t.true(edge.port > 0);
  });
  t.deepEqual(bugs, []);
});

test.serial('300 calls at once, on one connection to the router', async t => {
  const bugs = await inGrpcWorld({}, async ({ client, router }) => {
    const calls = Array.from({ length: 300 }, (_, nth) => unary(client, `message ${nth}`));
    const outcomes = await Promise.all(calls);
    t.true(
      outcomes.every(
        ({ code, messages }, nth) => code === status.OK && String(messages[0]) === `message ${nth}`,
      ),
    );
    t.is(router.counters.get('connections_accepted'), 1);
    t.true(router.counters.get('upstream_connections') <= 3);
  });
  t.deepEqual(bugs, []);
});

/** As a route with this `proxy-read-timeout`. */
const readTimeout = (readMs: number) =>
  [{ kind: 'timeouts', connectMs: null, readMs, sendMs: null }] as const;

/** Says `count` messages, one every few milliseconds, and then waits for the client's end. */
const talkative = (count: number) => ({
  ...echo('stable'),
  chat: (call: { write(message: Buffer): void; end(): void; on(event: string, told: () => void): void }) => {
    let said = 0;
    const talking = setInterval(() => {
      said += 1;
      call.write(Buffer.from(String(said)));
      if (said === count) clearInterval(talking);
    }, 20);
    call.on('data', () => undefined);
    call.on('cancelled', () => clearInterval(talking));
    call.on('end', () => call.end());
  },
});

test.serial('a call goes on while one side speaks, however long the other is silent', async t => {
  const world = { stable: talkative(70), options: { stallTimeoutMs: 1_000 }, policies: readTimeout(30_000) };
  const bugs = await inGrpcWorld(world, async ({ client }) => {
    const call = chat(client);
    const outcome = outcomeOf(call);
    call.write(Buffer.from('go'));
    const isTold = new Promise<void>(resolve => {
      call.on('data', (message: Buffer) => {
        if (String(message) === '70') resolve();
      });
    });
    await Promise.race([isTold, outcome]);
    call.end();
    const { code, messages } = await outcome;
    t.is(code, status.OK);
    t.is(messages.length, 70);
  });
  t.deepEqual(bugs, []);
});

test.serial(
  'a call that is silent both ways for longer than proxy-read-timeout is ended at both ends',
  async t => {
    const world = { stable: talkative(1), policies: readTimeout(60) };
    const bugs = await inGrpcWorld(world, async ({ client, router }) => {
      const call = chat(client);
      const outcome = outcomeOf(call);
      call.write(Buffer.from('go'));
      const { code, messages } = await outcome;
      t.not(code, status.OK);
      t.is(messages.length, 1);
      t.is(router.counters.get('upstream_timeouts'), 1);
    });
    t.deepEqual(bugs, []);
  },
);

test.serial(
  'calls over TLS, from the client and to the pods: both are verified, the rest is as in clear',
  async t => {
    const bugs = await inGrpcWorld({ isSecured: true }, async ({ client, router }) => {
      t.true(router.tlsPort > 0);
      const { code, messages, head, trailers } = await unary(client, Buffer.alloc(5 * 1_048_576, 'x'));
      t.is(code, status.OK);
      t.is(messages[0]?.length, 5 * 1_048_576);
      t.deepEqual(head.get('x-pod'), ['stable']);
      t.deepEqual(trailers.get('x-trailer'), ['stable']);
      t.deepEqual((await unary(client, 'x', { metadata: { foo: 'bar' } })).head.get('x-pod'), ['edge']);
      const call = chat(client);
      call.write(Buffer.from('one'));
      call.end();
      t.deepEqual(text((await outcomeOf(call)).messages), ['one']);
    });
    t.deepEqual(bugs, []);
  },
);
