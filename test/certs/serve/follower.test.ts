import test, { type ExecutionContext } from 'ava';
import type { KeyedCertificate } from '../../../certs/authority.ts';
import type { CertificateEvent } from '../../../certs/certificate-event.ts';
import { CertificateFollower } from '../../../certs/serve/follower.ts';
import { authorityAt, DAY_MS, HOUR_MS, NAMES, NOW_MS, servingBy } from '../../helpers/certificates.ts';

const [first, second] = [authorityAt(NOW_MS), authorityAt(NOW_MS)];
const byFirst = servingBy(first, NOW_MS);
const bySecond = servingBy(second, NOW_MS);

/** A replica whose world the test writes. */
class Scene {
  nowMs = NOW_MS;
  stored: KeyedCertificate | null = null;
  bundles: (readonly string[] | null)[] = [[''], ['']];
  isAway = false;
  readonly events: CertificateEvent[] = [];
  readonly follower = new CertificateFollower({
    source: { read: async () => this.#reached(this.stored) },
    configurations: ['mutating', 'validating'].map((name, place) => ({
      name,
      read: async () => {
        const content = this.#reached(this.bundles[place] ?? null);
        return content === null ? null : { content, version: '' };
      },
    })),
    names: NAMES,
    nowMs: () => this.nowMs,
    report: event => void this.events.push(event),
  });

  publish(...authorities: readonly KeyedCertificate[]): void {
    const bundle = authorities.map(({ certificate }) => certificate).join('');
    this.bundles = [[bundle, bundle], [bundle]];
  }

  get did(): readonly string[] {
    return this.events.splice(0).map(({ kind }) => kind);
  }

  #reached<T>(value: T): T {
    if (this.isAway) throw new Error('connection refused');
    return value;
  }
}

const serving = async (t: ExecutionContext): Promise<Scene> => {
  const scene = new Scene();
  scene.stored = byFirst;
  scene.publish(first);
  await scene.follower.refresh();
  t.deepEqual(scene.follower.faults(), []);
  t.deepEqual(scene.did, ['served']);
  return scene;
};

test('a replica is not ready before it serves a certificate that both caBundles trust', async t => {
  const scene = new Scene();
  const { follower } = scene;
  t.deepEqual(follower.faults(), ['no certificate is stored yet']);
  await follower.refresh();
  t.deepEqual(follower.faults(), ['no certificate is stored yet']);
  scene.stored = byFirst;
  await follower.refresh();
  t.is(follower.serving.pair, byFirst);
  t.deepEqual(follower.faults(), [
    'the caBundle in mutating does not trust the certificate served',
    'the caBundle in validating does not trust the certificate served',
  ]);
  scene.bundles = [[first.certificate, second.certificate], [first.certificate]];
  await follower.refresh();
  t.deepEqual(follower.faults(), ['the caBundle in mutating does not trust the certificate served']);
  scene.publish(second, first);
  await follower.refresh();
  t.deepEqual(follower.faults(), []);
});

test('a configuration that does not exist has no clients', async t => {
  const scene = new Scene();
  scene.stored = byFirst;
  scene.bundles = [null, [first.certificate]];
  await scene.follower.refresh();
  t.deepEqual(scene.follower.faults(), []);
});

test('a certificate that has gone or is broken is served on', async t => {
  const scene = await serving(t);
  for (const stored of [null, { certificate: 'x', key: 'y' }, { ...bySecond, key: byFirst.key }]) {
    scene.stored = stored;
    await scene.follower.refresh();
    t.is(scene.follower.serving.pair, byFirst);
    t.deepEqual(scene.follower.faults(), []);
  }
  t.deepEqual(scene.did, ['not-served', 'not-served']);
});

test('a broken certificate is reported once, and again when it is another one', async t => {
  const scene = new Scene();
  scene.stored = { certificate: 'x', key: 'y' };
  await scene.follower.refresh();
  await scene.follower.refresh();
  t.deepEqual(scene.did, ['not-served']);
  t.deepEqual(scene.follower.faults(), [
    'the certificate stored is not usable: Corrupt: the certificate is no PEM of an X.509 certificate',
  ]);
  scene.stored = { certificate: 'x', key: 'z' };
  await scene.follower.refresh();
  t.deepEqual(scene.did, ['not-served']);
});

test('with cert-manager the new certificate waits for the caBundle', async t => {
  const scene = await serving(t);
  scene.stored = bySecond;
  await scene.follower.refresh();
  await scene.follower.refresh();
  t.is(scene.follower.serving.pair, byFirst);
  t.deepEqual(scene.did, ['not-trusted-yet']);
  scene.bundles = [[second.certificate], [first.certificate]];
  await scene.follower.refresh();
  // One of the two is lost either way, so the stored one is not held back.
  scene.publish(second);
  await scene.follower.refresh();
  t.is(scene.follower.serving.pair, bySecond);
  t.deepEqual(scene.follower.faults(), []);
  t.deepEqual(scene.did, ['served']);
});

test('what nobody trusts any more is exchanged for what nobody trusts yet', async t => {
  const scene = await serving(t);
  scene.publish();
  scene.stored = bySecond;
  await scene.follower.refresh();
  t.is(scene.follower.serving.pair, bySecond);
});

test('a certificate that ends between two looks is noticed', async t => {
  const scene = await serving(t);
  scene.nowMs += 90 * DAY_MS;
  t.deepEqual(scene.follower.faults(), []);
  scene.nowMs += 1;
  t.regex(scene.follower.faults().join(), /^the certificate served is not usable: Expired: it ended at /);
});

test('a replica whose clock is hours behind takes what the owner has issued', async t => {
  const scene = await serving(t);
  scene.nowMs -= 5 * HOUR_MS;
  scene.stored = servingBy(second, NOW_MS);
  scene.publish(second, first);
  await scene.follower.refresh();
  t.is(scene.follower.serving.pair, scene.stored);
});

test('while the API server is away a replica serves on and stays ready', async t => {
  const scene = await serving(t);
  scene.isAway = true;
  scene.stored = bySecond;
  await t.throwsAsync(scene.follower.refresh(), { message: 'connection refused' });
  t.is(scene.follower.serving.pair, byFirst);
  t.deepEqual(scene.follower.faults(), []);
});
