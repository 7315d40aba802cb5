import test from 'ava';
import fc from 'fast-check';
import { STANDALONE_OPTIONS } from '../../../src/admission/admission-options.ts';
import { ClusterIndex, type IndexChange } from '../../../src/admission/cluster-index.ts';
import { claimantsOf } from '../../../src/controller/decide/claims.ts';
import { readIngress } from '../../../src/core/ingress-reading.ts';
import { scopeOf } from '../../../src/core/ingress-scope.ts';
import type { Metadata } from '../../../src/core/objects/metadata.ts';
import type { ObjectSnapshot } from '../../../src/core/objects/objects.ts';
import { readTcpService } from '../../../src/core/tcp-reading.ts';
import { translate } from '../../../src/core/translate.ts';
import { DOMAINS } from '../../helpers/generated-looks.ts';
import { anySnapshot } from '../../helpers/generated-snapshots.ts';
import { WORLD_OPTIONS } from '../../helpers/stored-world.ts';

const NAMES = [...DOMAINS, ':33307', ':6379', ':70000'];

const changes = <T extends { readonly metadata: Metadata }>(objects: readonly T[]): IndexChange<T>[] =>
  objects.map(after => ({ namespace: after.metadata.namespace, name: after.metadata.name, after }));

/** Who holds each name: as the controller would record it, as a review has it, and as the router has it. */
const holders = (whole: ObjectSnapshot, options: typeof WORLD_OPTIONS) => {
  const scope = scopeOf(options, []);
  const claimants = claimantsOf(
    {
      ingresses: whole.ingresses.flatMap(ingress => {
        const reading = readIngress(ingress, { scope, annotation: options.annotation });
        return reading === null || reading.nginx.canary ? [] : [reading];
      }),
      services: whole.services.flatMap(service => readTcpService(service, { scope, options }) ?? []),
    },
    whole,
    options,
  );
  const index = new ClusterIndex({ ...STANDALONE_OPTIONS, ...options });
  index.apply({
    ingressClasses: [],
    namespaces: changes(whole.namespaces),
    services: changes(whole.services),
    ingresses: changes(whole.ingresses),
  });
  const translation = translate(whole, options);
  return NAMES.map(name => ({
    name,
    controller: claimants.get(name)?.[0],
    review: index.claimHolder(name),
    router: translation.holderOf(name),
  }));
};

test('controller, webhook and router agree on who holds a host and a port that nobody has on record', t => {
  let ports = 0;
  const options = fc.constantFrom(
    WORLD_OPTIONS,
    { ...WORLD_OPTIONS, catchAllNamespaces: ['shop'] },
    { ...WORLD_OPTIONS, tcpPorts: [33_306], tcpPortRange: null },
    { ...WORLD_OPTIONS, everyClass: false, classes: [{ name: 'sluice', entry: '' }] },
  );
  fc.assert(
    fc.property(anySnapshot, options, (whole, chosen) => {
      for (const { name, controller, review, router } of holders(whole, chosen)) {
        t.is(review, router, name);
        t.is(controller, router, name);
        ports += Number(name.startsWith(':') && router !== undefined);
      }
    }),
    { numRuns: 200 },
  );
  // Otherwise this says nothing about ports.
  t.true(ports > 50);
});
