import type { ServerAccess } from '../../../src/kube/connection/server-access.ts';

/** A server that lets everybody in. */
export const plainAccess = (server: string): ServerAccess => ({
  server,
  namespace: null,
  origin: 'a test',
  credentials: async () => ({ headers: {}, tls: {} }),
  renew: () => {},
});
