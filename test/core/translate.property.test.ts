import { X509Certificate } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { canonicalJson } from '../../src/core/canonical-json.ts';
import type { ObjectSnapshot } from '../../src/core/objects/objects.ts';
import { formatReport } from '../../src/core/report.ts';
import type { RouteAction } from '../../src/core/route-plan.ts';
import { translate } from '../../src/core/translate.ts';
import { anySnapshot, brokenObjects } from '../helpers/generated-snapshots.ts';
import { path, rule, storedIngress, together, WORLD_OPTIONS } from '../helpers/stored-world.ts';

const printed = (snapshot: ObjectSnapshot): string => {
  const { plan, reports, edgeServices } = translate(snapshot, WORLD_OPTIONS);
  return canonicalJson({ plan, reports, edgeServices });
};

test('the plan does not hang on the order in which objects are listed', t => {
  const shuffled = anySnapshot.chain(whole =>
    fc
      .tuple(
        ...[whole.ingresses, whole.services, whole.pods, whole.endpointSlices, whole.namespaces].map(list =>
          fc.shuffledSubarray<unknown>([...list], { minLength: list.length, maxLength: list.length }),
        ),
      )
      .map(([ingresses, services, pods, endpointSlices, namespaces]) => ({
        whole,
        // Each list is a permutation of its own kind.
        other: { ...whole, ingresses, services, pods, endpointSlices, namespaces } as ObjectSnapshot,
      })),
  );
  t.notThrows(() =>
    fc.assert(
      fc.property(shuffled, ({ whole, other }) => printed(whole) === printed(other)),
      { numRuns: 300 },
    ),
  );
});

/** What concerns the namespaces of `anySnapshot`. */
const planOfOthers = (snapshot: ObjectSnapshot): string => {
  const { plan, reports } = translate(snapshot, WORLD_OPTIONS);
  const isOurs = (action: RouteAction | null): boolean => action?.source.namespace !== 'broken';
  const hosts = plan.hosts
    .map(host => ({
      ...host,
      routes: host.routes.filter(({ action }) => isOurs(action)),
      fallback: isOurs(host.fallback) ? host.fallback : null,
    }))
    .filter(({ routes, fallback }) => routes.length > 0 || fallback !== null);
  return canonicalJson({
    hosts,
    tcp: plan.tcp.filter(({ source }) => source.namespace !== 'broken'),
    pools: plan.pools.filter(({ id }) => !id.startsWith('broken/')),
    reports: reports.filter(({ object }) => object.namespace !== 'broken' && object.name !== 'broken'),
  });
};

test('one broken object in another namespace leaves the plan of the others as it is', t => {
  const worlds = fc.tuple(anySnapshot, brokenObjects).map(([whole, broken]) => ({
    alone: planOfOthers(whole),
    together: planOfOthers(together(whole, broken)),
  }));
  t.notThrows(() =>
    fc.assert(
      fc.property(worlds, worlds => worlds.alone === worlds.together),
      { numRuns: 300 },
    ),
  );
});

test('a report is one line, whatever stands in the objects', t => {
  const lines = brokenObjects.map(broken =>
    translate(together(broken), WORLD_OPTIONS).reports.map(formatReport),
  );
  t.notThrows(() =>
    fc.assert(
      fc.property(lines, lines =>
        lines.every(line => !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(line)),
      ),
      { numRuns: 500 },
    ),
  );
});

test('every pool that a route or a TCP port names is in the plan, and no other', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(anySnapshot, whole => {
        const { hosts, pools, tcp } = translate(whole, WORLD_OPTIONS).plan;
        const actions = hosts.flatMap(({ routes, fallback }) => [
          ...routes.map(({ action }) => action),
          ...(fallback === null ? [] : [fallback]),
        ]);
        const named = [
          ...actions.flatMap(action => (action.kind === 'forward' ? Object.values(action.pools) : [])),
          ...tcp.flatMap(port => Object.values(port.pools)),
        ];
        const ids = pools.map(({ id }) => id);
        return canonicalJson([...new Set(named)].sort()) === canonicalJson(ids);
      }),
      { numRuns: 200 },
    ),
  );
});

test('every certificate that a host names is in the plan, is for the host, and no other is there', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(anySnapshot, whole => {
        const { hosts, certificates } = translate(whole, WORLD_OPTIONS).plan;
        const named = hosts.flatMap(({ certificate }) => certificate ?? []);
        const chains = new Map(certificates.map(({ id, chain }) => [id, new X509Certificate(chain)]));
        const isFor = (host: string, id: string): boolean =>
          host === '' ||
          chains.get(id)?.subjectAltName?.includes(`DNS:${host}`) === true ||
          chains.get(id)?.checkHost(host) !== undefined;
        return (
          canonicalJson([...new Set(named)].sort()) === canonicalJson([...chains.keys()]) &&
          hosts.every(({ host, certificate }) => certificate === undefined || isFor(host, certificate))
        );
      }),
      { numRuns: 200 },
    ),
  );
});

test('a certificate is shown by hosts of its own namespace only', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(anySnapshot, whole =>
        translate(whole, WORLD_OPTIONS).plan.hosts.every(
          ({ certificate, routes, fallback }) =>
            certificate === undefined ||
            [...routes.map(({ action }) => action), ...(fallback === null ? [] : [fallback])].every(
              ({ source }) => certificate.startsWith(`${source.namespace}/`),
            ),
        ),
      ),
      { numRuns: 200 },
    ),
  );
});

/** How often the rules of Ingresses are read while `count` of them, all of one host, are translated. */
const readsOf = (count: number): number => {
  let reads = 0;
  const ingresses = Array.from({ length: count }, (_, at) => {
    const { rules, ...rest } = storedIngress(`web-${at}`, {
      createdMs: at,
      rules: [rule('taobao.com', path(`/${at}`, 'cart'))],
    });
    return {
      ...rest,
      get rules() {
        reads += 1;
        return rules;
      },
    };
  });
  translate(together({ ingresses }), WORLD_OPTIONS);
  return reads;
};

test('each Ingress is read a fixed number of times, however many there are', t => {
  const reads = readsOf(100);
  t.true(reads >= 100);
  t.is(readsOf(1000), 10 * reads);
});
