import test from 'ava';
import { ClusterIndex } from '../../../src/admission/cluster-index.ts';
import { parseReview } from '../../../src/admission/review-request.ts';
import { WEBHOOKS } from '../../../src/admission/review-verdict.ts';
import type { Metadata } from '../../../src/core/objects/metadata.ts';
import { CLUSTER_OPTIONS, ingressOf, NOW_MS, ruleOf } from '../../helpers/admission.ts';
import { reviewOf } from '../../helpers/admission-review.ts';
import { service } from '../../helpers/kubernetes-objects.ts';
import { path, rule, storedIngress } from '../../helpers/stored-world.ts';

/** Counts every look at what is stored. */
class Looks {
  count = 0;

  watched(metadata: Metadata): Metadata {
    return new Proxy(metadata, {
      get: (target, name) => {
        this.count += 1;
        return Reflect.get(target, name);
      },
    });
  }
}

/** Looks that one review of each webhook costs in a cluster of so many Ingresses, the host of one of them. */
const looksAmong = (count: number): number => {
  const looks = new Looks();
  const index = new ClusterIndex(CLUSTER_OPTIONS);
  const stored = Array.from({ length: count }, (_, at) => {
    const ingress = storedIngress(`web-${at}`, {
      namespace: `shop-${at % 50}`,
      className: 'sluice',
      createdMs: at,
      rules: [rule(`host-${at}.taobao.com`, path('/', 'web'), path('/cart', 'cart'))],
    });
    return { ...ingress, metadata: looks.watched(ingress.metadata) };
  });
  index.apply({
    ingressClasses: [],
    namespaces: [],
    edgeSlices: [],
    claimMaps: [],
    services: stored.map((_, at) => {
      const after = service('web', { metadata: { namespace: `shop-${at % 50}` } });
      return {
        namespace: after.metadata.namespace,
        name: 'web',
        after: { ...after, metadata: looks.watched(after.metadata) },
      };
    }),
    ingresses: stored.map(after => ({
      namespace: after.metadata.namespace,
      name: after.metadata.name,
      after,
    })),
  });
  const object = ingressOf({
    name: 'new',
    namespace: 'shop-1',
    rules: [
      ruleOf('host-1.taobao.com', { path: '/' }),
      ruleOf('host-2.taobao.com'),
      ruleOf('new.taobao.com'),
    ],
  });
  const request = parseReview(reviewOf({ object }));
  mustBe(request.ok);
  if (!request.ok) return -1;
  const context = { options: CLUSTER_OPTIONS, view: index, nowMs: NOW_MS, excludedNamespaces: [] };
  looks.count = 0;
  const { patch } = WEBHOOKS.mutate(request.value, context);
  const { denials, warnings } = WEBHOOKS.validate(request.value, context);
  mustBe(patch.length > 0 && denials.length === 1 && warnings.length > 0);
  return looks.count;
};

const mustBe = (isTrue: boolean): void => {
  if (!isTrue) throw new Error('the review does not ask what this test is about');
};

test('W2 a review looks at as many stored objects among three thousand Ingresses as among thirty', t => {
  const few = looksAmong(30);
  t.true(few > 0);
  t.is(looksAmong(3000), few);
});
