import test from 'ava';
import { referenceMatches } from '../../../src/core/ticket/reference-ticket.ts';
import type { Ticket } from '../../../src/core/ticket/ticket.ts';
import { parseTickets } from '../../../src/core/ticket/ticket-grammar.ts';
import { closedPeer, connectRaw } from '../../helpers/raw-peer.ts';
import { type RecordingOrigin, startOrigin } from '../../helpers/recording-origin.ts';
import { factsOf } from '../../helpers/request-facts.ts';
import { startTcpRouter, type TcpRouter } from '../../helpers/tcp-router.ts';

/** An origin that says its name to whoever comes. */
const named = (name: string): Promise<RecordingOrigin> =>
  startOrigin({ onConnection: peer => peer.socket.end(name) });

/** Which track serves a client of this address. */
const trackOf = async (router: TcpRouter, from: string): Promise<string> => {
  const client = await connectRaw(router.port, { from, allowHalfOpen: false });
  return client.untilEnd();
};

const ADDRESSES = Array.from({ length: 120 }, (_, at) => `127.0.${at % 3}.${at + 1}`);

/** The first ticket that the slow matcher lets pass. */
const referenceTrack = (tickets: readonly Ticket[], ownHost: string, sourceAddress: string): string =>
  tickets.find(ticket => referenceMatches(ticket, ownHost, factsOf({ sourceAddress, nowMs: Date.now() })))
    ?.to ?? 'stable';

const decided = test.macro({
  async exec(t, written: unknown) {
    const origins = await Promise.all(['stable', 'edge', 'beta'].map(named));
    const [stable = 0, edge = 0, beta = 0] = origins.map(({ port }) => port);
    const router = await startTcpRouter();
    router.serve({ stable: [stable], edge: [edge], beta: [beta] }, { tickets: written, ownHost: 'shop/db' });
    const { tickets } = parseTickets(written, 'tickets');
    const seen = await Promise.all(ADDRESSES.map(address => trackOf(router, address)));
    t.deepEqual(
      seen,
      ADDRESSES.map(address => referenceTrack(tickets, 'shop/db', address)),
    );
    t.true(new Set(seen).size > 1, 'some are in and some are not');
    await Promise.all([router.close(), ...origins.map(origin => origin.close())]);
    t.deepEqual(router.bugs, []);
  },
  title: (_, written: unknown) => `${JSON.stringify(written)} decides as the reference matcher does`,
});

test(decided, [{ sourceIP: ['127.0.1.0/24', '127.0.0.4'] }]);
test(decided, [{ percent: 30, hashOn: 'sourceIP' }]);
test(decided, [{ percent: 50, hashOn: 'sourceIP', salt: 'summer sale', to: 'beta' }]);
test(decided, [
  { sourceIP: ['127.0.2.0/24'], percent: 60, hashOn: 'sourceIP' },
  { sourceIP: ['127.0.0.0/23'], to: 'beta', expires: '2020-01-01T00:00:00Z' },
  { percent: 10, hashOn: 'sourceIP', to: 'beta' },
]);

test('a percentage of connections draws anew for each', async t => {
  const [stable, edge] = await Promise.all([named('stable'), named('edge')]);
  const router = await startTcpRouter();
  router.serve({ stable: [stable.port], edge: [edge.port] }, { tickets: [{ percent: 40 }] });
  const seen: string[] = [];
  for (let at = 0; at < 400; at += 1) seen.push(await trackOf(router, '127.0.0.1'));
  const share = seen.filter(track => track === 'edge').length / seen.length;
  // Five standard deviations.
  t.true(Math.abs(share - 0.4) < 0.1225, `${share}`);
  await Promise.all([router.close(), stable.close(), edge.close()]);
});

test('an empty edge falls back to stable, counted, or resets where it shall be unavailable', async t => {
  const stable = await named('stable');
  const router = await startTcpRouter();
  const tickets = [{ percent: 100 }];
  router.serve({ stable: [stable.port], edge: [] }, { tickets });
  t.is(await trackOf(router, '127.0.0.1'), 'stable');
  t.is(router.count('fallbacks'), 1);
  t.is(router.count('connections'), 1);
  router.serve({ stable: [stable.port], edge: [] }, { tickets, onEmptyEdge: 'unavailable' });
  t.is((await closedPeer(router.port)).failure, 'ECONNRESET');
  t.is(router.count('refused_no_endpoint', 'none'), 1);
  t.is(router.count('fallbacks'), 1);
  await Promise.all([router.close(), stable.close()]);
});

test('a ticket whose track the Service lacks is passed over', async t => {
  const stable = await named('stable');
  const router = await startTcpRouter();
  router.serve({ stable: [stable.port] }, { tickets: [{ percent: 100 }] });
  t.is(await trackOf(router, '127.0.0.1'), 'stable');
  t.is(router.count('fallbacks'), 0);
  await Promise.all([router.close(), stable.close()]);
});
