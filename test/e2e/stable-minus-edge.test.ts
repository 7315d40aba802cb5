import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Answered, ask, askUntil, keepAliveAgent } from '../helpers/ask.ts';
import { type CountingBackend, countingBackend } from '../helpers/counting-backend.ts';
import {
  ingressManifest,
  manifestText,
  podManifest,
  serviceManifest,
  type WrittenPod,
} from '../helpers/manifest-text.ts';
import { type RunningSluice, startUp } from '../helpers/run-sluice.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

/** Requests of each phase and kind: a pool of three that held the edge pod would lead some hundred to it. */
const PER_PHASE = 300;

type Cart = RunningSluice & {
  readonly edge: CountingBackend;
  readonly stable: readonly CountingBackend[];
  readonly saveIngress: (annotations: Readonly<Record<string, string>>) => Promise<void>;
  readonly savePods: (edge: Partial<WrittenPod>) => Promise<void>;
  /** Asks with the header of the ticket; `probe` marks requests that no count is about. */
  readonly asTester: () => Promise<Answered>;
};

/** Two stable pods and an edge pod behind one Service whose selector matches all three. */
const startCart = async (
  t: ExecutionContext,
  annotations: Readonly<Record<string, string>> = {},
): Promise<Cart> => {
  const folder = await tempFolder(t);
  const [edge, ...stable] = await Promise.all([
    countingBackend(t, 'edge'),
    countingBackend(t, 'stable 1'),
    countingBackend(t, 'stable 2'),
  ]);
  const saveIngress: Cart['saveIngress'] = annotations =>
    writeFile(
      join(folder, 'ingress.yaml'),
      manifestText(
        ingressManifest('shop', { 'shop.example': [{ path: '/', service: 'cart' }] }, { annotations }),
      ),
    );
  const savePods: Cart['savePods'] = parts =>
    writeFile(
      join(folder, 'pods.yaml'),
      manifestText(
        serviceManifest('cart'),
        podManifest('cart-edge', { app: 'cart', track: 'edge', port: edge.port, ...parts }),
        ...stable.map(({ port }, i) => podManifest(`cart-${i}`, { app: 'cart', port })),
      ),
    );
  await saveIngress(annotations);
  await savePods({});
  const running = await startUp(t, ['-f', folder]);
  const asTester = (): Promise<Answered> =>
    ask(running.port, 'shop.example', { headers: { foo: 'bar', 'x-kind': 'probe' } });
  return { ...running, edge, stable, saveIngress, savePods, asTester };
};

type Kind = 'plain' | 'tester';

/** Sends requests of both kinds, in turns, over a few connections. */
const send = async (
  t: ExecutionContext,
  { port }: Cart,
  phase: string,
  kinds: readonly Kind[],
): Promise<void> => {
  const one = async (kind: Kind): Promise<void> => {
    const agent = keepAliveAgent(t);
    for (let i = 0; i < PER_PHASE / 2; i += 1) {
      const headers = { 'x-kind': `${phase}: ${kind}`, ...(kind === 'tester' ? { foo: 'bar' } : {}) };
      const { status } = await ask(port, 'shop.example', { path: `/${i}`, headers, agent });
      if (status !== 200) throw new Error(`${phase}: ${status}`);
    }
  };
  await Promise.all([...kinds, ...kinds].map(one));
};

const countOf = (backends: readonly CountingBackend[], kind: string): number =>
  backends.flatMap(({ seen }) => seen).filter(({ headers }) => headers['x-kind'] === kind).length;

/** Sends a phase in which nobody may meet an edge pod, and looks at every request that arrived. */
const nobodyMeetsTheEdge = async (t: ExecutionContext, cart: Cart, phase: string): Promise<void> => {
  const before = cart.edge.seen.length;
  await send(t, cart, phase, ['plain', 'tester']);
  t.is(cart.edge.seen.length - before, 0, phase);
  for (const kind of ['plain', 'tester']) t.is(countOf(cart.stable, `${phase}: ${kind}`), PER_PHASE, phase);
  for (const backend of cart.stable) {
    t.true(countOf([backend], `${phase}: plain`) > 0, `${phase}: ${backend.name} takes its share`);
  }
};

/** Asks as a tester until the track is as it should be. */
const untilTrack = ({ asTester }: Cart, track: 'stable' | 'edge'): Promise<Answered> =>
  askUntil(asTester, ({ body }) => body.startsWith(track));

const onlyTestersMeetTheEdge = async (t: ExecutionContext, cart: Cart, phase: string): Promise<void> => {
  await send(t, cart, phase, ['plain', 'tester']);
  t.is(countOf([cart.edge], `${phase}: plain`), 0, phase);
  t.is(countOf(cart.stable, `${phase}: plain`), PER_PHASE, phase);
  t.is(countOf([cart.edge], `${phase}: tester`), PER_PHASE, phase);
};

const TICKETS = 'sluice.dev/tickets';
const FOO_BAR = '[{"header": {"foo": "bar"}}]';

test('edge pods that the stable selector matches too get 0 requests before the first ticket', async t => {
  const cart = await startCart(t);
  await nobodyMeetsTheEdge(t, cart, 'no tickets yet');
  await cart.saveIngress({ [TICKETS]: FOO_BAR });
  await untilTrack(cart, 'edge');
  await onlyTestersMeetTheEdge(t, cart, 'first ticket');
  await cart.saveIngress({});
  await untilTrack(cart, 'stable');
  await nobodyMeetsTheEdge(t, cart, 'ticket withdrawn');
});

test('edge pods get 0 requests after their ticket has expired, without any change of a file', async t => {
  const cart = await startCart(t);
  // Far enough ahead for the file to be read while it is valid, on a busy machine too.
  const expires = new Date(Date.now() + 2_000).toISOString();
  await cart.saveIngress({ [TICKETS]: `[{"header": {"foo": "bar"}, "expires": "${expires}"}]` });
  await untilTrack(cart, 'edge');
  t.true(cart.edge.seen.length > 0);
  await untilTrack(cart, 'stable');
  t.true(Date.now() >= Date.parse(expires));
  await nobodyMeetsTheEdge(t, cart, 'expired');
});

test('edge pods get 0 requests while the Ingress is paused, and their testers afterwards', async t => {
  const cart = await startCart(t, { [TICKETS]: FOO_BAR, 'sluice.dev/paused': 'true' });
  await nobodyMeetsTheEdge(t, cart, 'paused from the start');
  await cart.saveIngress({ [TICKETS]: FOO_BAR });
  await untilTrack(cart, 'edge');
  await onlyTestersMeetTheEdge(t, cart, 'resumed');
  await cart.saveIngress({ [TICKETS]: FOO_BAR, 'sluice.dev/paused': 'true' });
  await untilTrack(cart, 'stable');
  await nobodyMeetsTheEdge(t, cart, 'paused again');
});

test('an edge pod that is not ready gets 0 requests, and testers are answered by stable pods', async t => {
  const cart = await startCart(t, { [TICKETS]: FOO_BAR });
  await untilTrack(cart, 'edge');
  await cart.savePods({ ready: false });
  await untilTrack(cart, 'stable');
  await nobodyMeetsTheEdge(t, cart, 'not ready');
});
