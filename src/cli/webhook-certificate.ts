import { certificateEventText } from '../../certs/certificate-event.ts';
import { calledNames } from '../../certs/issue.ts';
import { Recurring } from '../../certs/recurring.ts';
import { CertificateFollower } from '../../certs/serve/follower.ts';
import { folderSource, secretSource } from '../../certs/serve/serving-source.ts';
import { secretStore } from '../controller/certificates/secret-store.ts';
import { webhookConfigurations } from '../controller/certificates/webhook-configurations.ts';
import type { ObjectClient } from '../kube/objects/object-client.ts';
import type { WebhookFlags } from './webhook-flags.ts';
import type { WebhookLog } from './webhook-report.ts';

/** A certificate that changed, or a caBundle that somebody blanked, is seen within this. */
const LOOK_MS = 5_000;

export type FollowedCertificate = {
  readonly follower: CertificateFollower;
  stop(): Promise<void>;
};

type CertificateWorld = {
  readonly flags: Pick<
    WebhookFlags,
    'service' | 'certificateName' | 'configuration' | 'tlsSecret' | 'tlsDir'
  >;
  readonly namespace: string;
  readonly client: ObjectClient;
  readonly log: WebhookLog;
};

/** Serves the stored certificate, looks again and again whether there is a newer one, and whether API servers trust it. */
export const followCertificate = ({
  flags,
  namespace,
  client,
  log,
}: CertificateWorld): FollowedCertificate => {
  const secret = secretStore(client, {
    ref: { namespace, name: flags.tlsSecret },
    type: 'kubernetes.io/tls',
  });
  const follower = new CertificateFollower({
    source: flags.tlsDir === undefined ? secretSource(secret) : folderSource(flags.tlsDir),
    configurations: webhookConfigurations(client, flags.configuration),
    names: calledNames({ name: flags.service, namespace, extra: flags.certificateName ?? [] }),
    nowMs: Date.now,
    report: event => log.info({ event: event.kind }, certificateEventText(event)),
  });
  const looks = new Recurring(() => follower.refresh(), {
    intervalMs: LOOK_MS,
    random: Math.random,
    timers: { set: setTimeout, clear: timer => clearTimeout(timer as NodeJS.Timeout) },
    onFailure: error =>
      log.warn({ err: error }, 'the certificate could not be looked at; what is served is served on'),
  });
  looks.nudge();
  return { follower, stop: () => looks.stop() };
};
