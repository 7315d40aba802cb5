import type { EndpointWish } from '../../router/upstream/balancer.ts';

/** A request without a failed try behind it, balanced by the default. */
export const P2C: EndpointWish = { balance: 'p2c', hashKey: 0, failed: null };
export const ROUND_ROBIN: EndpointWish = { ...P2C, balance: 'round_robin' };
export const EWMA: EndpointWish = { ...P2C, balance: 'ewma' };

export const hashOf = (hashKey: number): EndpointWish => ({ balance: 'hash', hashKey, failed: null });
