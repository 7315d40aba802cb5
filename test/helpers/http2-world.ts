import { compileBackend } from '../../router/upstream/backend.ts';
import { type OnePoolOptions, type OnePoolRouter, startOnePoolRouter } from './one-pool-router.ts';
import { connectRaw, type RawPeer } from './raw-peer.ts';

/** What a pod is to a router, however it speaks. */
type AnyPod = { readonly port: number; close(): Promise<void> };

export type Http2World<Pod extends AnyPod> = {
  readonly pods: readonly Pod[];
  readonly router: OnePoolRouter;
  readonly client: RawPeer;
};

export const H2C = compileBackend({ kind: 'h2c' });

/** The router in front of pods that speak HTTP/2 in clear, and one HTTP/1.1 client. Everything is closed afterwards; what the engine called a bug comes back. */
export const inHttp2World = async <Pod extends AnyPod>(
  pods: readonly Pod[],
  options: OnePoolOptions,
  work: (world: Http2World<Pod>) => Promise<void>,
): Promise<readonly string[]> => {
  const router = await startOnePoolRouter(
    pods.map(({ port }) => port),
    { ...options, forward: { backend: H2C, ...options.forward } },
  );
  const client = await connectRaw(router.port);
  try {
    await work({ pods, router, client });
  } finally {
    client.socket.destroy();
    await router.close();
    for (const pod of pods) await pod.close();
  }
  return router.bugs;
};
