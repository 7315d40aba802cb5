import test from 'ava';
import { mayAccess } from '../../src/kube/access-review.ts';
import type { ApiRequest, Transport } from '../../src/kube/connection/transport.ts';
import { SECRET } from '../../src/kube/kinds.ts';
import { ManualClock } from '../helpers/kube/manual-clock.ts';

const answering = (status: number, value: unknown) => {
  const seen: ApiRequest[] = [];
  const transport: Transport = {
    send: async request => {
      seen.push(request);
      return {
        status,
        retryAfterMs: null,
        body: (async function* () {
          yield Buffer.from(JSON.stringify(value));
        })(),
      };
    },
    renewCredentials: () => {},
    close: () => {},
  };
  return { seen, transport };
};

const ask = (transport: Transport) =>
  mayAccess(
    {
      serviceAccount: { namespace: 'sluice-system', name: 'sluice-router' },
      verb: 'list',
      kind: SECRET,
      ref: { namespace: 'shop', name: 'users' },
    },
    { connection: { transport }, clock: new ManualClock() },
  );

test('the question is that of a ServiceAccount for one object', async t => {
  const { seen, transport } = answering(201, { status: { allowed: true } });
  t.deepEqual(await ask(transport), { ok: true, value: true });
  t.like(JSON.parse(seen[0]?.body?.text ?? ''), {
    spec: {
      user: 'system:serviceaccount:sluice-system:sluice-router',
      resourceAttributes: { namespace: 'shop', name: 'users', verb: 'list', group: '', resource: 'secrets' },
    },
  });
});

test('no is an answer, nothing and a refusal are none', async t => {
  t.deepEqual(await ask(answering(201, { status: { allowed: false } }).transport), {
    ok: true,
    value: false,
  });
  t.like(await ask(answering(201, {}).transport), { ok: false, failure: { kind: 'unreadable' } });
  t.like(await ask(answering(403, { kind: 'Status', reason: 'Forbidden' }).transport), {
    ok: false,
    failure: { kind: 'forbidden' },
  });
});
