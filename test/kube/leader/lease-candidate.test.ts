import test from 'ava';
import fc from 'fast-check';
import type { ApiFailure } from '../../../src/kube/api-outcome.ts';
import { LEASE_TIMES } from '../../../src/kube/leader/leadership.ts';
import { LeaseCandidate } from '../../../src/kube/leader/lease-candidate.ts';
import { ManualClock } from '../../helpers/kube/manual-clock.ts';
import { type Passage, slowClient } from '../../helpers/kube/simulated-leases.ts';
import { SimulatedObjects } from '../../helpers/kube/simulated-objects.ts';

const LEASE_REF = { namespace: 'sluice', name: 'controller' };
const SWIFT: Passage = { requestMs: 5, answerMs: 5, lost: 'neither' };

/** Lets everything happen that waits for no time. */
const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

/** The world's clock as one process sees it: set wrong, and too fast or too slow. */
const skewed = (clock: ManualClock, offsetMs: number, rate: number) => ({
  now: () => offsetMs + rate * clock.now(),
  wallMs: () => offsetMs + rate * clock.wallMs(),
  after: (delayMs: number, run: () => void) => clock.after(delayMs / rate, run),
});

type Stand = {
  readonly candidate: LeaseCandidate;
  readonly told: string[];
  passage: () => Passage;
};

/** Some candidates for one Lease, in a world whose time the test moves. */
class Election {
  readonly clock = new ManualClock();
  readonly objects = new SimulatedObjects();
  readonly stands: Stand[] = [];
  /** How often more than one led at the same moment. */
  doubles = 0;

  stand(identity: string, { offsetMs = 0, rate = 1 } = {}): Stand {
    const told: string[] = [];
    const stand: Stand = {
      told,
      passage: () => SWIFT,
      candidate: new LeaseCandidate(
        {
          lease: LEASE_REF,
          identity,
          onGained: () => told.push('gained'),
          onLost: reason => told.push(reason),
        },
        {
          client: slowClient(this.objects, this.clock, () => stand.passage()),
          clock: skewed(this.clock, offsetMs, rate),
          random: () => 0.5,
        },
      ),
    };
    this.stands.push(stand);
    return stand;
  }

  get leaders(): readonly Stand[] {
    return this.stands.filter(({ candidate }) => candidate.isLeader());
  }

  /** Moves on event by event; nobody can begin to lead between two. */
  async run(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    await settle();
    for (let next = this.clock.nextAt; next !== null && next <= end; next = this.clock.nextAt) {
      this.clock.advanceTo(next);
      await settle();
      if (this.leaders.length > 1) this.doubles += 1;
    }
    this.clock.advanceTo(end);
  }
}

test('R9 one of two leads, and goes on leading while nothing happens', async t => {
  const election = new Election();
  const a = election.stand('a');
  const b = election.stand('b');
  await election.run(600_000);
  t.deepEqual([a.told, b.told], [['gained'], []]);
  t.true(a.candidate.isLeader());
  t.is(b.candidate.leader, 'a');
  t.is(election.doubles, 0);
});

test('R9 a leader that ends gives the lease back, and the next need not wait for it', async t => {
  const election = new Election();
  const a = election.stand('a');
  await election.run(1_000);
  const b = election.stand('b');
  await election.run(10_000);
  const stopped = a.candidate.stop();
  t.false(a.candidate.isLeader());
  t.deepEqual(a.told, ['gained', 'released']);
  await election.run(LEASE_TIMES.retryMs * 2);
  await stopped;
  t.deepEqual(b.told, ['gained']);
});

test('R9 a leader that cannot renew stops before another may begin', async t => {
  const election = new Election();
  const a = election.stand('a');
  await election.run(1_000);
  const b = election.stand('b');
  a.passage = () => ({ ...SWIFT, lost: 'request' });
  await election.run(LEASE_TIMES.renewDeadlineMs);
  t.deepEqual([a.told, b.told], [['gained', 'expired'], []]);
  await election.run(LEASE_TIMES.leaseMs);
  t.deepEqual(b.told, ['gained']);
  a.passage = () => SWIFT;
  await election.run(60_000);
  t.deepEqual([a.told, b.told], [['gained', 'expired'], ['gained']]);
  t.is(election.doubles, 0);
});

test('R9 answers that are lost cost no leader its lease', async t => {
  const election = new Election();
  const a = election.stand('a');
  await election.run(1_000);
  election.stand('b');
  let requests = 0;
  // Every second renewal happens without the leader learning of it: its next one is a conflict with itself.
  a.passage = () => {
    requests += 1;
    return { ...SWIFT, lost: requests % 4 === 0 ? 'answer' : 'neither' };
  };
  await election.run(120_000);
  t.deepEqual(a.told, ['gained']);
});

test('R9 leading ends by the clock, even where no timer has fired', async t => {
  const election = new Election();
  const a = election.stand('a');
  let now = 0;
  const stalled = new LeaseCandidate(
    { lease: { ...LEASE_REF, name: 'other' }, identity: 'c', onGained: () => {}, onLost: () => {} },
    {
      client: slowClient(election.objects, election.clock, () => SWIFT),
      clock: { ...skewed(election.clock, 0, 1), now: () => now },
      random: () => 0,
    },
  );
  await election.run(100);
  t.true(stalled.isLeader());
  now = LEASE_TIMES.renewDeadlineMs;
  t.false(stalled.isLeader());
  t.true(a.candidate.isLeader());
});

test('R9 a Lease that somebody deletes is not taken from its holder', async t => {
  const election = new Election();
  const a = election.stand('a');
  await election.run(1_000);
  const b = election.stand('b');
  await election.run(5_000);
  election.objects.delete({ collection: 'leases', ...LEASE_REF }, {});
  await election.run(60_000);
  t.deepEqual([a.told, b.told], [['gained'], []]);
});

test('R9 a Lease that cannot be read is nobody’s to take', async t => {
  const election = new Election();
  election.objects.create(
    { collection: 'leases', ...LEASE_REF },
    { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', spec: { leaseDurationSeconds: 'long' } },
  );
  const a = election.stand('a');
  await election.run(60_000);
  t.deepEqual(a.told, []);
});

type Trouble = {
  readonly who: number;
  readonly atMs: number;
  readonly forMs: number;
  readonly passage: Passage;
};

const passages: fc.Arbitrary<Passage> = fc.record({
  requestMs: fc.integer({ min: 0, max: 12_000 }),
  answerMs: fc.integer({ min: 0, max: 12_000 }),
  lost: fc.constantFrom('request', 'answer', 'neither'),
});

const troubles: fc.Arbitrary<readonly Trouble[]> = fc.array(
  fc.record({
    who: fc.nat(2),
    atMs: fc.integer({ min: 0, max: 120_000 }),
    forMs: fc.integer({ min: 0, max: 60_000 }),
    passage: passages,
  }),
  { maxLength: 6 },
);

const skews = fc.array(
  fc.record({
    offsetMs: fc.integer({ min: -1e9, max: 1e9 }),
    rate: fc.double({ min: 0.9, max: 1.1, noNaN: true }),
  }),
  { minLength: 3, maxLength: 3 },
);

test('R9 partitions, lost answers, slow requests and wrong clocks: never two leaders, and one afterwards', async t => {
  await fc.assert(
    fc.asyncProperty(troubles, skews, async (plan, clocks) => {
      const election = new Election();
      const stands = clocks.map((skew, index) => election.stand(`candidate-${index}`, skew));
      for (const { who, atMs, forMs, passage } of plan) {
        const stand = stands[who];
        if (stand === undefined) continue;
        election.clock.after(atMs, () => {
          stand.passage = () => passage;
        });
        election.clock.after(atMs + forMs, () => {
          stand.passage = () => SWIFT;
        });
      }
      await election.run(260_000);
      return election.doubles === 0 && election.leaders.length === 1;
    }),
    { numRuns: 60 },
  );
  t.pass();
});

test('a Lease that can be made nowhere, since its namespace is not there, is told', async t => {
  const clock = new ManualClock();
  const troubles: string[] = [];
  const failure: ApiFailure = {
    kind: 'notFound',
    status: 404,
    reason: 'NotFound',
    message: 'namespaces "nowhere" not found',
    retryAfterMs: null,
    problems: [],
  };
  const answer = async () => ({ ok: false as const, failure });
  const candidate = new LeaseCandidate(
    { lease: LEASE_REF, identity: 'a', onGained: () => t.fail('leads'), onLost: () => t.fail('led') },
    {
      client: { get: answer, create: answer, patch: answer },
      clock,
      random: () => 0.5,
      onTrouble: ({ message }) => troubles.push(message),
    },
  );
  clock.advanceTo(1);
  await settle();
  t.deepEqual(troubles, ['namespaces "nowhere" not found']);
  await candidate.stop();
});
