import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { Recurring } from '../../certs/recurring.ts';
import { secretStore } from '../controller/certificates/secret-store.ts';
import { SESSION_KEYS_SECRET, SessionKeyKeeper } from '../controller/session-keys.ts';
import { SESSION_KEY_BYTES } from '../core/session-key-ring.ts';
import type { ObjectClient } from '../kube/objects/object-client.ts';

/** A Secret that somebody removed is there again within this time; routers go on with what they know. */
const LOOK_MS = 60_000;

export type SessionKeyOwner = { readonly start: () => void; readonly stop: () => Promise<void> };

/** Keeps the keys for TLS sessions while this process leads (ADR 0024). */
export const sessionKeyOwner = (
  client: ObjectClient,
  { namespace, log }: { readonly namespace: string; readonly log: Logger },
): SessionKeyOwner => {
  const store = secretStore(client, { ref: { namespace, name: SESSION_KEYS_SECRET }, type: 'Opaque' });
  let loop: Recurring | null = null;
  return {
    start: () => {
      const keeper = new SessionKeyKeeper({
        store,
        nowMs: Date.now,
        newKey: () => randomBytes(SESSION_KEY_BYTES),
        report: text => log.info(text),
      });
      loop = new Recurring(() => keeper.tick(), {
        intervalMs: LOOK_MS,
        random: Math.random,
        timers: { set: setTimeout, clear: timer => clearTimeout(timer as NodeJS.Timeout) },
        onFailure: error => log.warn({ err: error }, 'the keys for TLS sessions could not be looked at'),
      });
      loop.nudge();
    },
    stop: async () => {
      const stopped = loop?.stop();
      loop = null;
      await stopped;
    },
  };
};
