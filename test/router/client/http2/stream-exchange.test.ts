import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { ClientPeer } from '../../../../router/client/client-peer.ts';
import { StreamExchange } from '../../../../router/client/http2/stream-exchange.ts';
import { Counters } from '../../../../router/counters.ts';
import { DEFAULT_OPTIONS, Engine } from '../../../../router/engine.ts';
import { FLAG } from '../../../../router/http2/frame.ts';
import { RouteTable } from '../../../../router/routing/table.ts';
import { TimerWheel } from '../../../../router/timer-wheel.ts';
import { HeardSession } from '../../../helpers/heard-session.ts';
import { GREETING, headers, POST } from '../../../helpers/http2-frames.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A stream whose timer has run, and that has ended: nobody but the engine could still hold it. */
const endedExchange = (engine: Engine): WeakRef<StreamExchange> => {
  const ends = { remoteAddress: '127.0.0.1', remotePort: 1, localAddress: '127.0.0.1', localPort: 2 };
  const peer = new ClientPeer({ ends, tls: null }, () => false);
  const exchange = new StreamExchange(engine, { peer, isBlocked: false, onStreamEnd: () => undefined });
  const session = new HeardSession({}, ({ stream }, what) => {
    if (what === 'head') exchange.prepare(stream, 'POST / HTTP/1.1\r\nHost: a.com\r\n\r\n', '');
  });
  session.receive(GREETING, headers(1, POST, FLAG.endHeaders));
  exchange.onAnswerBlocked();
  exchange.onReset();
  return new WeakRef(exchange);
};

test('S14: a stream that has ended is held by no timer, and its connection by no stream', async t => {
  const engine = new Engine({
    routing: new RouteTable(),
    options: DEFAULT_OPTIONS,
    counters: new Counters(),
    wheel: new TimerWheel(DEFAULT_OPTIONS.tickMs, 0),
    log: (message, error) => t.fail(`${message}: ${String(error)}`),
  });
  const ended = endedExchange(engine);
  await setImmediate();
  collectGarbage();
  t.is(ended.deref(), undefined);
  t.is(engine.wheel.nowMs, 0, 'no tick has passed that would have let it go');
});
