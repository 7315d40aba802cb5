import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { certificateEventText } from '../../certs/certificate-event.ts';
import { servingNames } from '../../certs/issue.ts';
import { newKeyPair } from '../../certs/key-pair.ts';
import type { Lifetimes } from '../../certs/lifetimes.ts';
import { Recurring } from '../../certs/recurring.ts';
import { type CertificateEnds, CertificateKeeper } from '../../certs/rotate/keeper.ts';
import { secretStore } from '../controller/certificates/secret-store.ts';
import { webhookConfigurations } from '../controller/certificates/webhook-configurations.ts';
import type { ObjectClient } from '../kube/objects/object-client.ts';

/** Longest time until damage is seen; it is repaired within 10 s (W10). */
const LOOK_MS = 5_000;

export type CertificateOwnerOptions = {
  readonly client: ObjectClient;
  readonly namespace: string;
  /** Name of both webhook configurations of Ingresses; that of Services is called after it. */
  readonly configurationName: string;
  readonly lifetimes: Lifetimes;
  /** Names and addresses in it beside those of the Service. */
  readonly extraNames: readonly string[];
  readonly log: Logger;
};

/** Keeps the webhook's certificates while this process leads (ADR 0018). */
export type CertificateOwner = {
  readonly start: () => void;
  readonly stop: () => Promise<void>;
  /** When they end, as of the last look; null while another process leads. */
  readonly ends: () => CertificateEnds | null;
};

const newKeeper = ({
  client,
  namespace,
  configurationName,
  lifetimes,
  extraNames,
  log,
}: CertificateOwnerOptions) =>
  new CertificateKeeper(
    {
      authority: secretStore(client, { ref: { namespace, name: 'sluice-webhook-ca' }, type: 'Opaque' }),
      serving: secretStore(client, {
        ref: { namespace, name: 'sluice-webhook-tls' },
        type: 'kubernetes.io/tls',
      }),
      configurations: webhookConfigurations(client, configurationName),
      mint: { nowMs: Date.now, newKeyPair, randomBytes },
      monotonicMs: () => performance.now(),
      report: event => log.info({ certificates: event.kind }, certificateEventText(event)),
    },
    {
      names: servingNames({ name: 'sluice-webhook', namespace, extra: extraNames }),
      lifetimes,
    },
  );

export const certificateOwner = (options: CertificateOwnerOptions): CertificateOwner => {
  let loop: Recurring | null = null;
  let keeper: CertificateKeeper | null = null;
  const stop = async (): Promise<void> => {
    const stopped = loop?.stop();
    loop = null;
    keeper = null;
    await stopped;
  };
  return {
    start: () => {
      // Overlaps are counted by one leader's own eyes, so each leadership begins with a keeper that has seen nothing.
      const current = newKeeper(options);
      keeper = current;
      loop = new Recurring(() => current.tick(), {
        intervalMs: LOOK_MS,
        random: Math.random,
        timers: { set: setTimeout, clear: timer => clearTimeout(timer as NodeJS.Timeout) },
        onFailure: error =>
          options.log.warn({ err: error }, 'a look at the certificates failed; it is tried again'),
      });
      loop.nudge();
    },
    stop,
    ends: () => keeper?.ends ?? null,
  };
};
