import { X509Certificate } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import type { CertificateEvent } from '../../../certs/certificate-event.ts';
import type { CertificateKeeper, RotationPhase } from '../../../certs/rotate/keeper.ts';
import type { SecretData } from '../../../certs/stores.ts';
import { CertificateCluster } from '../../helpers/certificate-cluster.ts';
import { DAY_MS, HOUR_MS, NAMES, NOW_MS, selfSigned } from '../../helpers/certificates.ts';
import { GOOD_NETWORK, HeldOperation, type Network } from '../../helpers/stored-objects-in-memory.ts';

const LIFETIMES = { authorityMs: 365 * DAY_MS, servingMs: 90 * DAY_MS, overlapMs: 60_000 };

/** One owner and one replica on a clock that the test moves. */
class Scene {
  nowMs = NOW_MS;
  readonly cluster = new CertificateCluster(LIFETIMES, () => this.nowMs);
  readonly events: CertificateEvent[] = [];
  keeper: CertificateKeeper = this.anotherKeeper();
  readonly follower = this.cluster.follower({ nowMs: () => this.nowMs });

  /** A process that has seen nothing yet, with a clock of its own. */
  anotherKeeper(skewMs = 0, network: Network = GOOD_NETWORK): CertificateKeeper {
    const report = (event: CertificateEvent): void => void this.events.push(event);
    return this.cluster.keeper({ nowMs: () => this.nowMs + skewMs, network, report });
  }

  /** Owner and replica look every five seconds for so long. */
  async pass(durationMs: number): Promise<RotationPhase> {
    const untilMs = this.nowMs + durationMs;
    let phase: RotationPhase = 'contested';
    while (this.nowMs < untilMs) {
      this.nowMs += 5_000;
      phase = await this.look();
    }
    return phase;
  }

  async look(): Promise<RotationPhase> {
    const phase = await this.keeper.tick();
    await this.follower.refresh();
    return phase;
  }

  get did(): readonly string[] {
    return this.events.splice(0).map(({ kind }) => kind);
  }

  get bundles(): readonly string[] {
    return this.cluster.configurations.flatMap(({ content }) => content ?? []);
  }

  get authority(): string {
    return this.cluster.authority.content?.['ca.crt'] ?? '';
  }
}

const running = async (): Promise<Scene> => {
  const scene = new Scene();
  await scene.look();
  scene.events.length = 0;
  return scene;
};

/** Nothing is stored twice over, nothing is missing, and a client would accept the replica. */
const isWell = (t: ExecutionContext, scene: Scene): void => {
  t.deepEqual(scene.follower.faults(), []);
  t.deepEqual(
    scene.bundles,
    scene.bundles.map(() => scene.authority),
  );
};

test('a first start makes everything at once and is ready', async t => {
  const scene = new Scene();
  t.is(await scene.look(), 'steady');
  t.deepEqual(scene.did, ['authority-made', 'issued', 'published', 'published']);
  isWell(t, scene);
  t.deepEqual(Object.keys(scene.cluster.authority.content ?? {}), ['ca.crt', 'ca.key']);
  t.deepEqual(Object.keys(scene.cluster.serving.content ?? {}), ['tls.crt', 'tls.key', 'ca.crt']);
  t.is(await scene.look(), 'steady');
  t.deepEqual(scene.did, []);
});

test('without webhook configurations there is a certificate, and they get theirs when they come', async t => {
  const scene = new Scene();
  for (const configuration of scene.cluster.configurations) configuration.put(null);
  t.is(await scene.look(), 'steady');
  scene.cluster.mutating.put(['']);
  scene.cluster.validating.put(['', 'x']);
  await scene.look();
  isWell(t, scene);
});

test('a serving certificate is renewed at two thirds of its life, by the same authority', async t => {
  const scene = await running();
  const { authority } = scene;
  scene.nowMs += 60 * DAY_MS - 1;
  t.is(await scene.look(), 'steady');
  t.deepEqual(scene.did, []);
  scene.nowMs += 1;
  t.is(await scene.look(), 'steady');
  t.deepEqual(scene.did, ['issued']);
  t.is(scene.authority, authority);
  isWell(t, scene);
});

test('an authority is renewed with both in the bundle, and the first one’s key is gone at once', async t => {
  const scene = await running();
  const first = scene.authority;
  // Renewed in time all the while.
  for (let day = 0; day < 245; day += 5) {
    scene.nowMs += 5 * DAY_MS;
    if ((await scene.look()) !== 'steady') break;
  }
  const renewed = scene.authority;
  t.not(renewed, first);
  t.deepEqual(scene.bundles, Array(3).fill(renewed + first));
  t.deepEqual(Object.keys(scene.cluster.authority.content ?? {}), ['ca.crt', 'ca.key', 'previous-ca.crt']);
  const before = scene.cluster.serving.content;
  scene.events.length = 0;
  t.is(await scene.pass(55_000), 'announcing');
  t.is(scene.cluster.serving.content, before);
  t.is(await scene.pass(5_000), 'retiring');
  t.deepEqual(scene.did, ['issued']);
  t.is(await scene.pass(55_000), 'retiring');
  t.is(await scene.pass(5_000), 'steady');
  t.deepEqual(scene.did, ['previous-dropped', 'published', 'published']);
  t.is(scene.authority, renewed);
  isWell(t, scene);
});

test('an owner that starts in the middle of an overlap counts it anew', async t => {
  const scene = await running();
  scene.nowMs += 244 * DAY_MS;
  t.is(await scene.look(), 'announcing');
  await scene.pass(50_000);
  scene.keeper = scene.anotherKeeper();
  t.is(await scene.pass(60_000), 'announcing');
  t.is(await scene.pass(5_000), 'retiring');
});

test('a caBundle that is blanked in the middle of an overlap is put back, and the overlap begins anew', async t => {
  const scene = await running();
  scene.nowMs += 244 * DAY_MS;
  t.is(await scene.look(), 'announcing');
  await scene.pass(50_000);
  scene.cluster.validating.put(['']);
  t.is(await scene.pass(60_000), 'announcing');
  t.is(await scene.pass(5_000), 'retiring');
});

test('W10 an owner whose clock is an hour off renews nothing that another one has made', async t => {
  const scene = await running();
  t.is(await scene.anotherKeeper(-HOUR_MS).tick(), 'steady');
  t.is(await scene.anotherKeeper(HOUR_MS).tick(), 'steady');
  t.deepEqual(scene.did, []);
});

test('W10 what an owner makes whose clock is an hour off holds for everybody', async t => {
  for (const skewMs of [-HOUR_MS, HOUR_MS]) {
    const scene = new Scene();
    scene.keeper = scene.anotherKeeper(skewMs);
    t.is(await scene.look(), 'steady');
    isWell(t, scene);
  }
});

const repaired = test.macro({
  async exec(t, harm: (scene: Scene) => void, did: readonly string[]) {
    const scene = await running();
    harm(scene);
    t.is(await scene.look(), 'steady');
    t.deepEqual(scene.did, did);
    isWell(t, scene);
  },
  title: (given = '') => `W10 ${given} is repaired by the next look`,
});

test('a blanked caBundle', repaired, ({ cluster }) => cluster.mutating.put(['', '']), ['published']);
test(
  'one blanked caBundle of two in a configuration',
  repaired,
  ({ cluster, authority }) => cluster.mutating.put([authority, '']),
  ['published'],
);
test('a corrupt caBundle', repaired, ({ cluster }) => cluster.validating.put(['x']), ['published']);
test(
  'a configuration applied anew',
  repaired,
  ({ cluster }) => {
    cluster.validating.put(null);
    cluster.validating.put(['', '']);
  },
  ['published'],
);
test('a deleted serving certificate', repaired, ({ cluster }) => cluster.serving.put(null), ['issued']);
test('an empty serving certificate', repaired, ({ cluster }) => cluster.serving.put({}), ['issued']);
test(
  'a corrupt serving certificate',
  repaired,
  ({ cluster }) => cluster.serving.put({ 'tls.crt': 'x', 'tls.key': 'y' }),
  ['issued'],
);

/** The owner restarts and finds this; a replica that serves the old certificate all the while is never untrusted. */
const survived = test.macro({
  async exec(t, stored: SecretData | null) {
    const scene = await running();
    const first = scene.authority;
    scene.cluster.authority.put(stored);
    scene.keeper = scene.anotherKeeper();
    t.is(await scene.look(), 'announcing');
    t.not(scene.authority, first);
    t.deepEqual(scene.bundles, Array(3).fill(scene.authority + first));
    for (const phase of ['announcing', 'retiring', 'steady'] as const) {
      t.is(await scene.look(), phase);
      t.deepEqual(scene.follower.faults(), []);
      if (phase !== 'steady') await scene.pass(60_000);
    }
    isWell(t, scene);
  },
  title: (given = '') => `W10 an authority Secret ${given} at the start costs nobody's trust`,
});

test('that is deleted', survived, null);
test('that is empty', survived, {});
test('that is corrupt', survived, { 'ca.crt': 'x', 'ca.key': 'y' });

test('W10 after years away everything is made anew at once', async t => {
  const scene = await running();
  scene.nowMs += 3 * 365 * DAY_MS;
  scene.keeper = scene.anotherKeeper();
  t.is(await scene.look(), 'steady');
  t.deepEqual(scene.did, ['authority-made', 'issued', 'published', 'published']);
  isWell(t, scene);
});

test('W10 of two owners that start together one wins, and both end with the same', async t => {
  const scene = new Scene();
  const other = scene.anotherKeeper();
  t.deepEqual(await Promise.all([scene.keeper.tick(), other.tick()]), ['steady', 'steady']);
  await scene.look();
  isWell(t, scene);
  const did = scene.did;
  t.is(did.filter(kind => kind === 'authority-made').length, 1);
  t.is(did.filter(kind => kind === 'issued').length, 1);
  t.true(did.includes('lost-race'));
});

test('an authority put back from a backup is kept from orphaning what is served', async t => {
  const scene = await running();
  const backup = scene.cluster.authority.content;
  scene.cluster.authority.put(null);
  await scene.look();
  await scene.pass(130_000);
  const second = scene.authority;
  isWell(t, scene);
  scene.events.length = 0;
  scene.cluster.authority.put(backup);
  t.is(await scene.look(), 'announcing');
  t.deepEqual(scene.did, ['trusted-kept', 'published', 'published']);
  t.deepEqual(scene.bundles, Array(3).fill(scene.authority + second));
  t.deepEqual(scene.follower.faults(), []);
  await scene.pass(130_000);
  isWell(t, scene);
});

test('a bundle stays bounded when authorities are lost again and again', async t => {
  const scene = await running();
  for (let nth = 0; nth < 20; nth += 1) {
    scene.nowMs += 1_000;
    scene.cluster.authority.put(null);
    await scene.look();
  }
  t.is(scene.bundles[0]?.match(/BEGIN/g)?.length, 9);
  t.deepEqual(scene.follower.faults(), []);
});

test('a failure is passed on, and an overlap seen before it does not count', async t => {
  const scene = await running();
  scene.nowMs += 244 * DAY_MS;
  let isAway = false;
  scene.keeper = scene.anotherKeeper(0, {
    ...GOOD_NETWORK,
    reached: async () => {
      if (isAway) throw new Error('connection refused');
    },
  });
  t.is(await scene.look(), 'announcing');
  await scene.pass(55_000);
  isAway = true;
  await t.throwsAsync(scene.keeper.tick(), { message: 'connection refused' });
  isAway = false;
  t.is(await scene.pass(60_000), 'announcing');
  t.is(await scene.pass(5_000), 'retiring');
});

test('a configuration that cannot be written does not keep a certificate from being renewed', async t => {
  const scene = await running();
  scene.nowMs += 61 * DAY_MS;
  scene.cluster.mutating.put(['', '']);
  const keeper = scene.anotherKeeper(0, {
    ...GOOD_NETWORK,
    reached: async (name, operation) => {
      if (name === 'mutating' && operation === 'write') throw new Error('forbidden');
    },
  });
  await t.throwsAsync(keeper.tick(), { message: 'forbidden' });
  t.deepEqual(scene.did, ['issued']);
});

test('an owner that others outrun again and again gives up until its next look', async t => {
  const scene = new Scene();
  const keeper = scene.anotherKeeper(0, {
    ...GOOD_NETWORK,
    reached: async (name, operation) => {
      if (name === 'Secret ca' && operation === 'write') scene.cluster.authority.put({});
    },
  });
  t.is(await keeper.tick(), 'contested');
});

test('a name that is wished for is in the next certificate at once', async t => {
  const scene = await running();
  const names = [...NAMES, 'webhook.example'];
  const keeper = scene.cluster.keeper({ nowMs: () => scene.nowMs, names });
  t.is(await keeper.tick(), 'steady');
  await scene.look();
  const served = new X509Certificate(scene.follower.serving.pair?.certificate ?? '');
  t.is(served.checkHost('webhook.example'), 'webhook.example');
  isWell(t, scene);
});

test('an install that cert-manager has served is taken over without a gap', async t => {
  const scene = new Scene();
  // Its self-signed issuer publishes the serving certificate itself.
  const foreign = selfSigned(NAMES, NOW_MS);
  for (const configuration of scene.cluster.configurations) configuration.put([foreign.certificate]);
  scene.cluster.serving.put({ 'tls.crt': foreign.certificate, 'tls.key': foreign.key });
  await scene.follower.refresh();
  t.deepEqual(scene.follower.faults(), []);
  for (const phase of ['announcing', 'retiring', 'steady'] as const) {
    t.is(await scene.look(), phase);
    t.deepEqual(scene.follower.faults(), []);
    if (phase !== 'steady') await scene.pass(60_000);
  }
  isWell(t, scene);
});

/** A look that has something to write takes at least these: four reads and a write. */
for (const nth of [0, 1, 2, 3, 4]) {
  test(`an owner that is held up at its request ${nth} never takes a published authority back`, async t => {
    const scene = await running();
    const slow = new HeldOperation(nth);
    scene.cluster.validating.put(['']);
    const look = scene.anotherKeeper(0, slow).tick();
    await slow.held;
    // Meanwhile the authority is lost, and another owner announces a new one; the slow one has seen the first.
    scene.cluster.authority.put(null);
    t.is(await scene.look(), 'announcing');
    const { authority } = scene;
    slow.letGo();
    t.is(await look, 'announcing');
    for (const { history } of scene.cluster.configurations) {
      const since = history.findIndex(texts => texts?.some(text => text.includes(authority)));
      t.true(since > 0);
      for (const texts of history.slice(since)) t.true(texts?.every(text => text.includes(authority)));
    }
    t.is(scene.authority, authority);
  });
}
