import type { RoutePlan } from '../../src/core/route-plan.ts';
import { planTo } from '../helpers/one-host-plan.ts';

/** Two plans that differ in one host of many: `a.com` leads to the first port, and to the second. */
export const crowdedPlans = (
  [first, second]: readonly [number, number],
  hosts: number,
): readonly [RoutePlan, RoutePlan] => {
  const [before, after] = [planTo(first, 'shop/one:80'), planTo(second, 'shop/two:80')];
  const pools = [...before.pools, ...after.pools];
  const crowd = Array.from({ length: hosts - 1 }, (_, nth) => `shop-${nth}.soak.test`)
    .sort()
    .flatMap(host => before.hosts.map(plan => ({ ...plan, host })));
  return [
    { ...before, hosts: [...before.hosts, ...crowd], pools },
    { ...after, hosts: [...after.hosts, ...crowd], pools },
  ];
};
