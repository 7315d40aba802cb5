import test from 'ava';
import { reviewOf } from '../../helpers/admission-review.ts';
import { ManualTimers } from '../../helpers/manual-timers.ts';
import { ServiceAddress } from '../../helpers/service-address.ts';
import { apiServerAgent, call, WEBHOOK_CLOCK, webhookWorld } from '../../helpers/webhook-world.ts';

const BODY = JSON.stringify(reviewOf());

test('W9 two replicas are replaced eight times under load, and every review is answered', async t => {
  const service = await ServiceAddress.open(t);
  const startReplica = async () => {
    const timers = new ManualTimers();
    const { server } = await webhookWorld(t, { clock: { ...WEBHOOK_CLOCK, after: timers.after } });
    t.is((await call(server.port, { method: 'GET', path: '/readyz' })).status, 200);
    service.add(server.port);
    return { server, timers };
  };
  const replicas = [await startReplica(), await startReplica()];

  const agent = apiServerAgent(t, 8);
  const statuses: number[] = [];
  let isLoaded = true;
  const asker = async (): Promise<void> => {
    while (isLoaded) statuses.push((await call(service.port, { body: BODY, agent })).status);
  };
  const askers = Array.from({ length: 8 }, asker);

  for (let roll = 0; roll < 8; roll += 1) {
    const leaving = replicas.shift();
    replicas.push(await startReplica());
    if (leaving === undefined) continue;
    const { server, timers } = leaving;
    const gone = server.drain({ waitMs: 20_000, idleMs: 95_000, finishMs: 30_000 });
    t.is((await call(server.port, { method: 'GET', path: '/readyz' })).status, 503);
    // The endpoint is taken out some reviews later, as by kube-proxy; the wait is longer than that.
    const seen = statuses.length;
    while (statuses.length < seen + 5)
      statuses.push((await call(service.port, { body: BODY, agent })).status);
    service.remove(server.port);
    await service.untilLeft(server.port);
    timers.ring(20_000);
    await gone;
  }
  isLoaded = false;
  await Promise.all(askers);
  t.true(statuses.length > 50);
  t.deepEqual([...new Set(statuses)], [200]);
});
