import { randomBytes } from 'node:crypto';
import type { Server } from 'node:tls';
import { type KeyedCertificate, type Mint, newAuthority } from '../../certs/authority.ts';
import { issueServing } from '../../certs/issue.ts';
import { newKeyPair } from '../../certs/key-pair.ts';

const HOUR_MS = 3_600_000;
const MINT: Mint = { nowMs: () => Date.now(), newKeyPair, randomBytes };

/** The name under which an API server would call the webhook of a test. */
export const WEBHOOK_NAME = 'sluice-webhook.sluice-system.svc';

/** An authority of a test's own, and a certificate for WEBHOOK_NAME that it signed. */
export const testCertificate = (): { readonly ca: string; readonly serving: KeyedCertificate } => {
  const authority = newAuthority(MINT, HOUR_MS);
  return {
    ca: authority.certificate,
    serving: issueServing(authority, { names: [WEBHOOK_NAME], lifetimeMs: HOUR_MS }, MINT),
  };
};

/** Gives a server one certificate for good. */
export const secureWith =
  ({ certificate, key }: KeyedCertificate) =>
  (server: Server): void =>
    server.setSecureContext({ cert: certificate, key });
