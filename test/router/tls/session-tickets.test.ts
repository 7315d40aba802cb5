import { connect } from 'node:tls';
import test from 'ava';
import { SecureContexts } from '../../../router/tls/secure-contexts.ts';
import { SessionTickets, type TicketKeys } from '../../../router/tls/session-tickets.ts';
import { type OnePoolRouter, startOnePoolRouter } from '../../helpers/one-pool-router.ts';
import { contextsOf, ecdsaPlan, FALLBACK, newTicketKey } from '../../helpers/tls-certificates.ts';
import { connectTlsPeer } from '../../helpers/tls-peer.ts';

type Version = 'TLSv1.2' | 'TLSv1.3';

const A = ecdsaPlan('shop/a', 'a.test');
const noLog = (): void => undefined;

/** A router with tickets of its own making, as a worker or another router has them. */
const routerWith = async (keys: TicketKeys): Promise<{ router: OnePoolRouter; tickets: SessionTickets }> => {
  const tickets = new SessionTickets(keys, noLog);
  const contexts = contextsOf([A], { tickets });
  const certificateOf = (host: string): string | null => (host === 'a.test' ? 'shop/a' : null);
  return { router: await startOnePoolRouter([], { contexts, certificateOf }), tickets };
};

/** A session that this router gave; its answer has come, so that tickets of TLS 1.3 have too. */
const sessionOf = async (
  { tlsPort }: OnePoolRouter,
  version: Version,
  servername: string,
): Promise<Buffer> => {
  const client = await connectTlsPeer(tlsPort, { servername, minVersion: version, maxVersion: version });
  const given = new Promise<Buffer>(resolve => client.socket.on('session', resolve));
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await client.untilText('\r\n\r\n');
  const session = version === 'TLSv1.2' ? client.socket.getSession() : await given;
  client.socket.destroy();
  if (session === undefined) throw new Error('no session was given');
  return session;
};

const resumes = async (
  { tlsPort }: OnePoolRouter,
  { session, version, servername }: { session: Buffer; version: Version; servername: string },
): Promise<boolean> => {
  const client = await connectTlsPeer(tlsPort, {
    servername,
    session,
    minVersion: version,
    maxVersion: version,
  });
  const isReused = client.socket.isSessionReused();
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await client.untilText('\r\n\r\n');
  client.socket.destroy();
  return isReused;
};

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  for (const servername of ['a.test', 'fallback.test', '']) {
    test(`${version}, "${servername}": a session of one router is taken up by another, after one rotation too, and after two it is a full handshake`, async t => {
      const [first, second, third, fourth] = [newTicketKey(), newTicketKey(), newTicketKey(), newTicketKey()];
      const before = { sealing: first, accepted: [second] };
      const one = await routerWith(before);
      const other = await routerWith(before);
      const session = await sessionOf(one.router, version, servername);
      const asked = { session, version, servername };
      t.true(await resumes(other.router, asked));
      // The other one is ahead: what it seals is known here already.
      other.tickets.change({ sealing: second, accepted: [first, third] });
      t.true(await resumes(other.router, asked));
      const ahead = await sessionOf(other.router, version, servername);
      t.true(await resumes(one.router, { ...asked, session: ahead }));
      other.tickets.change({ sealing: third, accepted: [second, fourth] });
      t.false(await resumes(other.router, asked));
      t.true(await resumes(other.router, { ...asked, session: ahead }));
      t.is(one.router.counters.get('tls_resumed') + other.router.counters.get('tls_resumed'), 4);
      for (const { router } of [one, other]) {
        await router.close();
        t.deepEqual(router.bugs, []);
      }
    });
  }
}

test('a ticket that was sealed with an older key is replaced by one of now', async t => {
  const [old, now] = [newTicketKey(), newTicketKey()];
  const { router, tickets } = await routerWith({ sealing: old, accepted: [] });
  const session = await sessionOf(router, 'TLSv1.2', 'a.test');
  tickets.change({ sealing: now, accepted: [old] });
  const socket = connect({
    ...{ host: '127.0.0.1', port: router.tlsPort, servername: 'a.test', rejectUnauthorized: false },
    ...{ session, maxVersion: 'TLSv1.2' },
  });
  await new Promise(resolve => socket.once('secureConnect', resolve));
  t.true(socket.isSessionReused());
  const renewed = socket.getSession();
  socket.destroy();
  tickets.change({ sealing: now, accepted: [] });
  t.true(renewed !== undefined);
  t.true(await resumes(router, { session: renewed ?? session, version: 'TLSv1.2', servername: 'a.test' }));
  t.false(await resumes(router, { session, version: 'TLSv1.2', servername: 'a.test' }));
  await router.close();
});

test('tickets that are damaged, or made up, are full handshakes and never an error', async t => {
  const { router } = await routerWith({ sealing: newTicketKey(), accepted: [] });
  const strangers = new SecureContexts({
    fallback: FALLBACK,
    defaultId: null,
    tickets: new SessionTickets({ sealing: newTicketKey(), accepted: [] }, noLog),
    protocols: ['http/1.1'],
    log: noLog,
  });
  const other = await startOnePoolRouter([], { contexts: strangers });
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const session = await sessionOf(other, version, '');
    t.false(await resumes(router, { session, version, servername: '' }));
  }
  await router.close();
  await other.close();
  t.deepEqual(router.bugs, []);
});
