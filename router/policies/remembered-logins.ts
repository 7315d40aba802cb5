import { hash } from 'node:crypto';
import { randomId } from '../random.ts';

/** More than one Ingress has users at work; each has one right password, so that guesses cannot fill it. */
const MAX_RIGHT = 4096;
/** Apart, so that a flood of wrong ones pushes out no right one. */
const MAX_WRONG = 1024;
/** Nothing is believed for longer, however often it is asked for. */
const REMEMBERED_MS = 3_600_000;

/** What a password was checked against; `hash` is undefined for a user that was not there. */
export type CheckedLogin = { readonly user: string; readonly hash: string | undefined };

type Remembered = CheckedLogin & { readonly untilMs: number };

/**
 * Credentials that were checked, so that a hash is computed once for a client and not once for each request. Held by a
 * digest with a random key of its own, never as they came; believed while that user's hash stays what it was.
 */
export class RememberedLogins {
  readonly #key = randomId() + randomId();
  readonly #right = new Map<string, Remembered>();
  readonly #wrong = new Map<string, Remembered>();

  get size(): number {
    return this.#right.size + this.#wrong.size;
  }

  /** The name under which credentials are remembered. */
  digestOf(credentials: string): string {
    return hash('sha256', this.#key + credentials, 'base64');
  }

  /** True for right credentials, false for wrong ones, undefined for those that nobody has checked. */
  recall(digest: string, hashes: ReadonlyMap<string, string>, nowMs: number): boolean | undefined {
    for (const known of [this.#right, this.#wrong]) {
      const login = known.get(digest);
      if (login === undefined) continue;
      if (nowMs < login.untilMs && hashes.get(login.user) === login.hash) return known === this.#right;
      known.delete(digest);
    }
    return undefined;
  }

  remember(digest: string, login: CheckedLogin, isRight: boolean, nowMs: number): void {
    const known = isRight ? this.#right : this.#wrong;
    known.delete(digest);
    known.set(digest, { ...login, untilMs: nowMs + REMEMBERED_MS });
    if (known.size <= (isRight ? MAX_RIGHT : MAX_WRONG)) return;
    const [oldest] = known.keys();
    if (oldest !== undefined) known.delete(oldest);
  }
}
