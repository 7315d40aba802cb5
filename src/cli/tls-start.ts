import { randomBytes } from 'node:crypto';
import { newKeyPair } from '../../certs/key-pair.ts';
import { newSelfSigned } from '../../certs/self-signed.ts';
import { TICKET_KEY_BYTES } from '../../router/tls/session-tickets.ts';
import type { TlsSettings } from '../../router/tls/tls-settings.ts';
import { objectName } from '../core/objects/metadata.ts';
import type { RouterFlags } from './router-flags.ts';

/** Longer than any router runs: who verifies it is refused anyway. */
const FALLBACK_LIFETIME_MS = 3_650 * 86_400_000;

/** What the workers of a router begin with; null: TLS is off. All of them show the same certificate. */
export const tlsSettingsOf = ({ tlsPort, defaultCertificate }: RouterFlags): TlsSettings | null => {
  if (tlsPort === 'off') return null;
  const { certificate, key } = newSelfSigned(
    { name: 'Sluice default certificate', names: ['sluice.invalid'], lifetimeMs: FALLBACK_LIFETIME_MS },
    { nowMs: Date.now, newKeyPair, randomBytes },
  );
  return {
    fallback: { chain: certificate, key },
    defaultId: defaultCertificate === undefined ? null : objectName(defaultCertificate),
    tickets: { sealing: randomBytes(TICKET_KEY_BYTES), accepted: [] },
  };
};
