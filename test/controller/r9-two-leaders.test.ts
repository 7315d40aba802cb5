import test from 'ava';
import fc from 'fast-check';
import { type Link, SimulatedCluster } from '../helpers/controller/simulated-cluster.ts';
import { writtenIngress, writtenService } from '../helpers/controller/written-objects.ts';

/** What happens in a cluster while two controllers both believe that they lead. */
type Step =
  | { readonly kind: 'apply' | 'delete'; readonly name: string }
  | { readonly kind: 'tamper' }
  | { readonly kind: 'pass'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('apply', 'delete'), name: fc.constantFrom('a', 'b') }),
  fc.constant({ kind: 'tamper' } as const),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 1_500 }) }),
);

const world = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 12 }),
  lags: fc.array(fc.integer({ min: 0, max: 4_000 }), { minLength: 4, maxLength: 20 }),
  fates: fc.array(fc.constantFrom('fine', 'fine', 'requestLost', 'answerLost'), {
    minLength: 4,
    maxLength: 20,
  }),
});

/** A link that is bad in turn, until it is mended. */
const badLink = <T extends { readonly lags: readonly number[]; readonly fates: readonly string[] }>(
  { lags, fates }: T,
  shift: number,
) => {
  const state = { isMended: false, turn: shift };
  const next = <V>(values: readonly V[], mended: V): V => {
    state.turn += 1;
    return state.isMended ? mended : (values[state.turn % values.length] ?? mended);
  };
  const link: Link = {
    lagMs: () => next(lags, 1),
    fate: () => next(fates as readonly ReturnType<Link['fate']>[], 'fine'),
  };
  return { link, state };
};

const EDGE = { collection: 'services', namespace: 'shop', name: 'kept-edge' };

const perform = async (cluster: SimulatedCluster, { kind, ...parts }: Step): Promise<void> => {
  if (kind === 'pass') return cluster.pass((parts as { readonly ms: number }).ms, 100);
  const { name } = parts as { readonly name: string };
  if (kind === 'apply') cluster.put('ingresses', writtenIngress(name, { service: name }));
  else if (kind === 'delete') cluster.remove('ingresses', 'shop', name);
  else if (cluster.find(EDGE) !== null) cluster.objects.patch(EDGE, { spec: { selector: { app: 'else' } } });
};

test('R9 two controllers that both lead, on late and lossy links, make no duplicate and no flapping Service', async t => {
  const property = fc.asyncProperty(world, async parts => {
    const cluster = new SimulatedCluster();
    for (const name of ['kept', 'a', 'b']) cluster.put('services', writtenService(name));
    const links = [badLink(parts, 0), badLink(parts, 3)];
    const controllers = links.map(({ link }) => cluster.controller(link));
    cluster.put('ingresses', writtenIngress('kept', { service: 'kept' }));
    for (const one of parts.steps) await perform(cluster, one);
    for (const { state } of links) state.isMended = true;
    await cluster.pass(90_000, 1_000);
    // An edge whose rule was there all along is made once and never taken away, however old a controller's look was.
    const ofKept = cluster.writes.filter(write => write.endsWith('services shop/kept-edge'));
    const made = ofKept.filter(write => !write.startsWith('MODIFIED'));
    const before = cluster.writes.length;
    await cluster.pass(120_000, 5_000);
    const wanted = ['a', 'b', 'kept'].filter(
      name => cluster.find({ collection: 'ingresses', namespace: 'shop', name }) !== null,
    );
    const edges = cluster.objects
      .list('services', 'shop')
      .map(({ metadata }) => metadata.name)
      .filter(name => name.endsWith('-edge'));
    await Promise.all(controllers.map(({ controller }) => controller.stop()));
    t.deepEqual(made, ['ADDED services shop/kept-edge']);
    t.deepEqual(cluster.writes.slice(before), [], 'calm once all is known');
    t.deepEqual(
      edges,
      wanted.map(name => `${name}-edge`),
    );
  });
  await fc.assert(property, { numRuns: 20 });
});
