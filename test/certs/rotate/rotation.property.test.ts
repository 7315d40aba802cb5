import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { DAY_MS, HOUR_MS } from '../../helpers/certificates.ts';
import { type Delivery, RotationModel } from '../../helpers/rotation-model.ts';

type Command =
  | { readonly kind: 'run' | 'begin' | 'restart' | 'client-reads' | 'deliver'; readonly nth: number }
  | { readonly kind: 'disturb'; readonly nth: number; readonly delivery: Delivery }
  | { readonly kind: 'pass'; readonly durationMs: number }
  | { readonly kind: 'skew'; readonly nth: number; readonly skewMs: number }
  | { readonly kind: 'months' }
  | { readonly kind: 'sabotage'; readonly object: 'authority' | 'serving'; readonly isDeleted: boolean };

/** `npm test` takes the default; a longer search is a matter of minutes. */
const RUNS = Number(process.env.ROTATION_RUNS ?? 200);

const nth = fc.nat({ max: 7 });
const MAX_PASS_MS = 30_000;

const ordered = <const Kind extends 'run' | 'begin' | 'restart' | 'client-reads' | 'deliver'>(
  kind: Kind,
): fc.Arbitrary<Command> => fc.record({ kind: fc.constant(kind), nth });

const disturbed: fc.Arbitrary<Command> = fc.record({
  kind: fc.constant('disturb'),
  nth,
  delivery: fc.constantFrom('fails', 'loses-answer'),
});

const passed: fc.Arbitrary<Command> = fc.record({
  kind: fc.constant('pass'),
  durationMs: fc.nat({ max: MAX_PASS_MS }),
});

const skewed: fc.Arbitrary<Command> = fc.record({
  kind: fc.constant('skew'),
  nth,
  skewMs: fc.integer({ min: -HOUR_MS, max: HOUR_MS }),
});

const sabotaged: fc.Arbitrary<Command> = fc.record({
  kind: fc.constant('sabotage'),
  object: fc.constantFrom('authority', 'serving'),
  isDeleted: fc.boolean(),
});

/** How often each happens beside the others. */
const EARLY = [
  { weight: 12, arbitrary: ordered('run') },
  { weight: 4, arbitrary: ordered('begin') },
  { weight: 12, arbitrary: ordered('deliver') },
  { weight: 2, arbitrary: disturbed },
  { weight: 8, arbitrary: passed },
  { weight: 1, arbitrary: ordered('restart') },
  { weight: 1, arbitrary: ordered('client-reads') },
  { weight: 1, arbitrary: skewed },
];
const LATER = [
  ...EARLY,
  { weight: 3, arbitrary: sabotaged },
  { weight: 1, arbitrary: fc.constant<Command>({ kind: 'months' }) },
];

const obey = async (model: RotationModel, order: Command): Promise<void> => {
  const processes = [...model.owners, ...model.replicas];
  switch (order.kind) {
    case 'begin':
      processes[order.nth % processes.length]?.begin();
      return;
    case 'run':
      return model.run(order.nth);
    case 'deliver':
      return model.deliver(order.nth, 'works');
    case 'disturb':
      return model.deliver(order.nth, order.delivery);
    case 'restart':
      return model.restart(order.nth);
    case 'client-reads':
      return model.readConfigurations(order.nth);
    case 'pass':
      return model.pass(order.durationMs);
    case 'skew': {
      const process = processes[order.nth % processes.length];
      if (process !== undefined) process.skewMs = order.skewMs;
      return;
    }
    case 'months':
      // Owners that see nothing for months are no owners: each has done its work before.
      await model.settle();
      return model.pass(25 * DAY_MS);
    case 'sabotage':
      return model.change(order.object, order.isDeleted ? null : { 'ca.crt': 'x', 'tls.crt': 'x' });
    default:
      return order satisfies never;
  }
};

/** All is at rest: one authority, in both configurations, and every replica trusted by every client. */
const isAtRest = (t: ExecutionContext, model: RotationModel): void => {
  const { authority, configurations } = model.cluster;
  t.is(authority.content?.['previous-ca.crt'], undefined);
  t.true(model.isServedByAll);
  t.deepEqual(model.faults(), []);
  for (const { content } of configurations)
    for (const bundle of content ?? []) t.is(bundle, authority.content?.['ca.crt'] ?? '');
};

const calmClocks = (model: RotationModel): void => {
  for (const process of [...model.owners, ...model.replicas]) process.skewMs = 0;
};

test('whatever is late, lost or repeated, every client trusts what every replica serves', async t => {
  const started = new RotationModel();
  await started.settle();
  let rotations = 0;
  const commands = fc.array(fc.oneof(...LATER), { minLength: 10, maxLength: 60, size: 'max' });
  await fc.assert(
    fc.asyncProperty(commands, async commands => {
      const model = new RotationModel();
      model.continue(started);
      await model.settle();
      isAtRest(t, model);
      model.startWatching();
      for (const order of commands) {
        await obey(model, order);
        t.is(model.firstFault, null, JSON.stringify(order));
      }
      calmClocks(model);
      await model.settle();
      t.is(model.firstFault, null);
      isAtRest(t, model);
      const [now, before] = [model, started].map(({ cluster }) => cluster.authority.content?.['ca.crt']);
      if (now !== before) rotations += 1;
    }),
    { numRuns: RUNS },
  );
  t.true(rotations > RUNS / 5, `${rotations} runs changed the authority`);
});

test('whatever is late, lost or repeated at a first start, two owners end with one authority', async t => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(...EARLY), { maxLength: 40, size: 'max' }), async commands => {
      const model = new RotationModel();
      for (const order of commands) await obey(model, order);
      calmClocks(model);
      await model.settle();
      isAtRest(t, model);
    }),
    // A tenth: each makes everything from nothing.
    { numRuns: RUNS / 10 },
  );
});
