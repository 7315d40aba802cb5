import type { Contender } from '../job.ts';

/** No proxy: what load generator and origin alone give, the floor under every latency of the run. */
export const DIRECT: Contender = {
  name: 'direct',
  about: 'no proxy: the origin itself (floor of the latencies; has no CPU of its own)',
  entries: ['http'],
  version: async () => 'the origin',
  prepare: async () => ({ command: [], changeHost: null, isOrigin: true }),
};
