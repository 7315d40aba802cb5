import { IDLE_GRACE_MS, type Workers } from '../../router/workers/workers.ts';
import { durationText } from './duration.ts';

export type StoppingRouter = {
  readonly workers: Pick<Workers, 'stop' | 'gone'>;
  /** How long requests are served on after readiness has gone. */
  readonly drainWaitMs: number;
  /** From here on `/readyz` says no. */
  readonly leave: () => void;
  /** No change is taken up any more. */
  readonly stopFollowing: () => void;
  readonly wait: (ms: number) => Promise<void>;
  readonly say: (line: string) => void;
};

/**
 * Stops a router so that nobody notices (DESIGN 7, R2): those who send requests learn first and have time to turn to
 * others; then connections are closed, and what runs is finished.
 */
export const gracefulStop = async (router: StoppingRouter): Promise<void> => {
  const { workers, drainWaitMs, say } = router;
  router.leave();
  if (drainWaitMs > 0) {
    say(
      `Stopping in ${durationText(drainWaitMs)}: /readyz says so, and requests are served until then. Ctrl-C ends at once.`,
    );
    await router.wait(drainWaitMs);
  }
  router.stopFollowing();
  // Who asked for no wait has no load balancer that may just be using an idle connection.
  await workers.stop({ idleMs: Math.min(drainWaitMs, IDLE_GRACE_MS) });
  say('Stopping: no new connections, requests that run are finished.');
  await workers.gone();
  say('Stopped.');
};
