import test from 'ava';
import type { WatchFacts } from '../../src/admin/watch-families.ts';
import { type AdministeredController, factsOf, healthOf } from '../../src/cli/controller-admin.ts';
import { ControllerRecord } from '../../src/controller/controller-record.ts';

const KIND: WatchFacts = {
  kind: 'Ingress',
  isSynced: true,
  isWatching: true,
  silentSeconds: 3,
  failuresInRow: 0,
  objects: 0,
  unreadable: 0,
  lists: 1,
  watches: 1,
  listFailures: {},
  watchEnds: {},
  events: {},
  drops: {},
};

type State = {
  readonly leader?: string | null;
  readonly leads?: boolean;
  readonly kind?: Partial<WatchFacts>;
  readonly isStopping?: boolean;
};

const roleIn = ({ leader = null, leads = false, kind = {}, isStopping = false }: State) => {
  const role: AdministeredController = {
    controller: { status: new ControllerRecord().status(leads) },
    candidate: { isLeader: () => leads, leader },
    events: { counts: { sent: 1, repeated: 2, suppressed: 3, failed: 4 } },
    certificates: { ends: () => ({ authorityMs: 5_000, servingMs: null }) },
    watches: () => [{ ...KIND, ...kind }],
    isStopping: () => isStopping,
  };
  return role;
};

const health = test.macro({
  exec(t, state: State, ready: string | null, remark: string) {
    const checks = healthOf(roleIn(state));
    t.deepEqual([checks.alive(), checks.ready(), checks.remark?.()], [null, ready, remark]);
  },
  title: (_, state, ready, remark) => `${JSON.stringify(state)}: ready ${ready ?? 'yes'}, ${remark}`,
});

test(health, { leads: true, leader: 'pod-a' }, null, 'leading');
test(health, { leader: 'pod-b' }, null, 'pod-b leads');
test(health, {}, null, 'nobody leads');
test(
  health,
  { leads: true, kind: { isWatching: false, failuresInRow: 1, silentSeconds: 40 } },
  null,
  'leading; the API server does not tell of Ingress (40 s)',
);
test(
  health,
  { kind: { isSynced: false, silentSeconds: null } },
  'not everything is read yet: Ingress',
  'nobody leads; the API server does not tell of Ingress (never read)',
);
test(health, { isStopping: true }, 'stopping', 'nobody leads');

test('facts are those of the controller, its Events and its certificates', t => {
  t.like(factsOf(roleIn({ leads: true })), {
    isLeading: true,
    looks: 0,
    pending: {},
    edgeServices: null,
    claims: null,
    events: { sent: 1, repeated: 2, suppressed: 3, failed: 4 },
    certificateEnds: { authority: 5, serving: null },
  });
});
