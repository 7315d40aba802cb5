import test from 'ava';
import fc from 'fast-check';
import { scopeOf } from '../../src/core/ingress-scope.ts';
import { objectName } from '../../src/core/objects/metadata.ts';
import { PortOwnership } from '../../src/core/port-ownership.ts';
import { readTcpService, type TcpReading } from '../../src/core/tcp-reading.ts';
import { service } from '../helpers/kubernetes-objects.ts';
import { WORLD_OPTIONS } from '../helpers/stored-world.ts';

const PORT = 33_306;

const claimant = (namespace: string, name: string, createdMs: number): TcpReading => {
  const object = service(name, {
    metadata: { namespace, createdMs, annotations: { 'sluice.dev/tcp': `${PORT}:80` } },
  });
  const read = readTcpService(object, { scope: scopeOf(WORLD_OPTIONS, []), options: WORLD_OPTIONS });
  if (read === null) throw new Error('not ours');
  return read;
};

type Case = {
  readonly claimants: readonly (readonly [namespace: string, name: string, createdMs: number])[];
  readonly recorded?: string;
  readonly hostOwnership?: 'claims' | 'off';
};

const settled = ({ claimants, recorded, hostOwnership = 'claims' }: Case) => {
  const ownership = new PortOwnership({ hostOwnership });
  if (recorded !== undefined) ownership.record(PORT, recorded);
  const { served, reports } = ownership.settle(
    PORT,
    claimants.map(one => claimant(...one)),
  );
  return {
    served: served === undefined ? null : objectName(served.service.metadata),
    losers: reports.map(
      ({ object, message }) => `${objectName(object)}: ${message.slice(message.indexOf('belongs'))}`,
    ),
  };
};

const cases = test.macro({
  exec(t, _title: string, one: Case, served: string | null, losers: readonly string[]) {
    t.deepEqual(settled(one), { served, losers });
  },
  title: (_, title: string) => title,
});

const END = 'this Service is not served there. Ask for another port.';

test(
  cases,
  'without a record the oldest Service has a port',
  {
    claimants: [
      ['b', 'x', 2],
      ['a', 'y', 1],
    ],
  },
  'a/y',
  [`b/x: belongs to namespace a; ${END}`],
);
test(
  cases,
  'a claim on record beats age',
  {
    claimants: [
      ['b', 'x', 2],
      ['a', 'y', 1],
    ],
    recorded: 'b',
  },
  'b/x',
  [`a/y: belongs to namespace b; ${END}`],
);
test(
  cases,
  'within a namespace the oldest Service has it',
  {
    claimants: [
      ['a', 'x', 2],
      ['a', 'y', 1],
      ['b', 'z', 3],
    ],
  },
  'a/y',
  [`a/x: belongs to Service a/y, which is older; ${END}`, `b/z: belongs to namespace a; ${END}`],
);
test(
  cases,
  'while a claim holds nobody else is served',
  { claimants: [['a', 'x', 1]], recorded: 'gone' },
  null,
  [`a/x: belongs to namespace gone; ${END}`],
);
test(
  cases,
  'without claims the oldest of all has it, whatever is on record',
  {
    claimants: [
      ['b', 'x', 2],
      ['a', 'y', 1],
    ],
    recorded: 'b',
    hostOwnership: 'off',
  },
  'a/y',
  [`b/x: belongs to Service a/y, which is older; ${END}`],
);

test('a port has one Service at most, of its holder, and everybody else is told', t => {
  const all = fc.uniqueArray(
    fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('x', 'y', 'z'), fc.constantFrom(1, 2, 3)),
    { selector: ([namespace, name]) => `${namespace}/${name}` },
  );
  const property = fc.property(
    all,
    fc.option(fc.constantFrom('a', 'b', 'gone'), { nil: undefined }),
    (claimants, recorded) => {
      const one = { claimants, ...(recorded === undefined ? {} : { recorded }) };
      const { served, losers } = settled(one);
      const holder = recorded ?? settled({ claimants }).served?.split('/')[0];
      t.is(losers.length, claimants.length - (served === null ? 0 : 1));
      t.is(
        served !== null,
        claimants.some(([namespace]) => namespace === holder),
      );
      t.true(served === null || served.startsWith(`${holder}/`));
      t.deepEqual(settled({ ...one, claimants: claimants.toReversed() }).served, served);
    },
  );
  fc.assert(property, { numRuns: 200 });
});
