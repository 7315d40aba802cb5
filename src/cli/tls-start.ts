import { randomBytes } from 'node:crypto';
import { newKeyPair } from '../../certs/key-pair.ts';
import { newSelfSigned } from '../../certs/self-signed.ts';
import type { SecretStore } from '../../certs/stores.ts';
import type { TlsSettings } from '../../router/tls/tls-settings.ts';
import type { Workers } from '../../router/workers/workers.ts';
import { objectName } from '../core/objects/metadata.ts';
import { newRing, ringKeys, SESSION_KEY_BYTES, type SessionKeyRing } from '../core/session-key-ring.ts';
import type { RouterFlags } from './router-flags.ts';
import { RouterSessionKeys } from './router-session-keys.ts';

/** Longer than any router runs: who verifies it is refused anyway. */
const FALLBACK_LIFETIME_MS = 3_650 * 86_400_000;

const newKey = (): Uint8Array => randomBytes(SESSION_KEY_BYTES);

/** What a router begins with about TLS. */
export type TlsStart = { readonly settings: TlsSettings; readonly ring: SessionKeyRing };

/** Null: TLS is off. All workers show the same certificate. */
export const tlsStart = ({ tlsPort, defaultCertificate }: RouterFlags): TlsStart | null => {
  if (tlsPort === 'off') return null;
  const { certificate, key } = newSelfSigned(
    { name: 'Sluice default certificate', names: ['sluice.invalid'], lifetimeMs: FALLBACK_LIFETIME_MS },
    { nowMs: Date.now, newKeyPair, randomBytes },
  );
  const ring = newRing(Date.now(), newKey);
  const settings = {
    fallback: { chain: certificate, key },
    defaultId: defaultCertificate === undefined ? null : objectName(defaultCertificate),
    tickets: ringKeys(ring),
  };
  return { settings, ring };
};

export type SessionKeysOptions = {
  readonly workers: Pick<Workers, 'changeTickets'>;
  /** Those of all routers; null: this one is alone. */
  readonly shared: Pick<SecretStore, 'name' | 'read'> | null;
  readonly say: (text: string) => void;
};

/** Keeps the workers' session keys fresh, and those of all routers equal. */
export const sessionKeys = (
  { ring }: TlsStart,
  { workers, shared, say }: SessionKeysOptions,
): RouterSessionKeys =>
  new RouterSessionKeys({
    ring,
    shared,
    change: keys => workers.changeTickets(keys),
    nowMs: Date.now,
    newKey,
    say,
  });
