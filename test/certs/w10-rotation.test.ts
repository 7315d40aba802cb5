import type { TLSSocket } from 'node:tls';
import test from 'ava';
import type { CertificateEvent } from '../../certs/certificate-event.ts';
import { lifetimeFaults } from '../../certs/lifetimes.ts';
import { CertificateCluster } from '../helpers/certificate-cluster.ts';
import { NOW_MS } from '../helpers/certificates.ts';
import { askOver, handshake, listenTls } from '../helpers/tls-listener.ts';

/** The checklist's figures: a certificate of a minute, an authority of three. */
const LIFETIMES = { authorityMs: 180_000, servingMs: 60_000, overlapMs: 10_000 };
const STEP_MS = 5_000;
const ROTATIONS = 20;
const NAME = 'sluice-webhook.sluice-system.svc';

/** One request on a connection of its own, as an API server makes it that trusts this bundle. */
const askAnew = async (port: number, bundle: string): Promise<string> => {
  const socket = await handshake(port, { ca: bundle, servername: NAME });
  try {
    return await askOver(socket);
  } finally {
    socket.destroy();
  }
};

test('W10 twenty rotations under two replicas fail no request, on new connections and on kept ones', async t => {
  t.deepEqual(lifetimeFaults(LIFETIMES), []);
  let nowMs = NOW_MS;
  const cluster = new CertificateCluster(LIFETIMES, () => nowMs);
  const events: CertificateEvent[] = [];
  const keeper = cluster.keeper({ nowMs: () => nowMs, report: event => void events.push(event) });
  const replicas = [1, 2].map(() => cluster.follower({ nowMs: () => nowMs }));
  const count = (kind: CertificateEvent['kind']): number =>
    events.filter(event => event.kind === kind).length;
  await keeper.tick();
  for (const replica of replicas) await replica.refresh();

  const ports: number[] = [];
  for (const { serving } of replicas) ports.push((await listenTls(t, serving)).port);
  /** What API servers trust: one reads at once, the other one step later. */
  let views = [cluster.mutating, cluster.validating].map(({ content }) => content?.[0] ?? '');
  const kept: TLSSocket[] = [];
  for (const port of [...ports, ...ports, ...ports])
    kept.push(await handshake(port, { ca: views[0] ?? '', servername: NAME }));

  const answers = new Map<string, number>();
  for (let step = 0; step < 400 && count('issued') <= ROTATIONS; step += 1) {
    const inFlight = ports.map((port, place) => askAnew(port, views[(step + place) % 2] ?? ''));
    nowMs += STEP_MS;
    await keeper.tick();
    // The second replica looks after the first, a step late.
    await replicas[step % 2]?.refresh();
    const bodies = await Promise.all([...inFlight, ...kept.map(askOver)]);
    for (const body of bodies) answers.set(body, (answers.get(body) ?? 0) + 1);
    views = [cluster.validating.content?.[0] ?? '', views[0] ?? ''];
    t.deepEqual(replicas[step % 2]?.faults(), []);
  }
  t.is(count('issued'), ROTATIONS + 1);
  t.true(count('authority-made') > 5, `${count('authority-made')} authorities`);
  t.true(count('previous-dropped') > 4, `${count('previous-dropped')} dropped`);
  t.deepEqual([...answers.keys()], ['replica']);
  const asked = answers.get('replica') ?? 0;
  t.true(asked >= 50 * ROTATIONS, `${asked} requests`);
  t.log(`${asked} requests, ${count('issued') - 1} certificates, ${count('authority-made') - 1} authorities`);
  for (const socket of kept) socket.destroy();
});
