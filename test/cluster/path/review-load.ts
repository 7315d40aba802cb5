import type { ExecutionContext } from 'ava';
import { hostKey } from '../../../src/core/host-key.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { ingress } from './shop.ts';

export type ReviewLoad = {
  readonly stop: () => Promise<{ readonly reviews: number; readonly failures: readonly string[] }>;
};

const AT_ONCE = 4;
const PATH = '/apis/networking.k8s.io/v1/namespaces/default/ingresses?dryRun=All';

/**
 * Writes Ingresses that nobody stores, one after the other, until it is stopped or the test ends. One that comes back
 * without its host key was not reviewed: both configurations fail open.
 */
export const reviewLoad = (t: ExecutionContext, plane: ControlPlane): ReviewLoad => {
  let isStopped = false;
  t.teardown(() => {
    isStopped = true;
  });
  let reviews = 0;
  const failures: string[] = [];
  const worker = async (): Promise<void> => {
    while (!isStopped) {
      reviews += 1;
      const host = `review-${reviews}.example`;
      const { status, body } = await plane.request({
        method: 'POST',
        path: PATH,
        body: ingress('one', host),
      });
      if (status !== 201 || !JSON.stringify(body).includes(`"host":"${hostKey(host)}"`))
        failures.push(`${host}: ${status}`);
    }
  };
  const workers = Array.from({ length: AT_ONCE }, worker);
  return {
    stop: async () => {
      isStopped = true;
      await Promise.all(workers);
      return { reviews, failures };
    },
  };
};
