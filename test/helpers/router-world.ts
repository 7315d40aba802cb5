import type { EngineOptions } from '../../router/engine.ts';
import { RouteChecks } from '../../router/policies/route-checks.ts';
import { type OnePoolOptions, type OnePoolRouter, startOnePoolRouter } from './one-pool-router.ts';
import { connectRaw, type RawPeer } from './raw-peer.ts';
import type { RecordingOrigin } from './recording-origin.ts';

export type RouterWorld = {
  readonly origins: readonly RecordingOrigin[];
  readonly router: OnePoolRouter;
  readonly client: RawPeer;
};

/** The router in front of `origins`, and one client. Everything is closed afterwards; what the engine called a bug comes back. */
export const inWorld = async (
  origins: readonly RecordingOrigin[],
  options: OnePoolOptions,
  work: (world: RouterWorld) => Promise<void>,
): Promise<readonly string[]> => {
  const router = await startOnePoolRouter(
    origins.map(({ port }) => port),
    options,
  );
  const client = await connectRaw(router.port);
  try {
    await work({ origins, router, client });
  } finally {
    client.socket.destroy();
    await router.close();
    for (const origin of origins) await origin.close();
  }
  return router.bugs;
};

export const withOptions = (options: Partial<EngineOptions>): OnePoolOptions => ({ options });

/** As a route with `proxy-read-timeout` has it, but in milliseconds. */
export const withReadTimeout = (readMs: number): OnePoolOptions => ({
  forward: {
    checks: new RouteChecks({
      checks: [],
      maxBodyBytes: Number.POSITIVE_INFINITY,
      timeouts: { connectMs: null, readMs, sendMs: null },
      droppedFields: [],
    }),
  },
});
