import type { KnownSecrets } from './known-secrets.ts';
import type { Secret } from './objects/secret.ts';

/** Where the Secrets are that routes ask for: users, and what pods that speak TLS are known by. */
export interface SecretSource {
  /** Undefined: there is no such Secret, as far as we may know. */
  secret(namespace: string, name: string): Secret | undefined;
  readonly knownSecrets: KnownSecrets;
}
