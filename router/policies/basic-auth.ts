import { utf8Bytes } from '../../src/core/byte-string.ts';
import type { BasicAuth } from '../../src/core/route-settings.ts';
import type { OwnAnswer } from '../exchange/own-answer.ts';
import { LoginRation } from './login-ration.ts';
import { passwordFits } from './password-hash.ts';
import type { PasswordVerifier } from './password-verifier.ts';
import { passwordWork } from './password-work.ts';
import type { PendingVerdict } from './pending-verdict.ts';
import { type CheckedLogin, RememberedLogins } from './remembered-logins.ts';
import { type OutcomeAnswers, Verification } from './verification.ts';

/** Longer ones would make a thousand rounds of MD5 expensive, and nobody types them. */
const MAX_PASSWORD_BYTES = 512;

export const TOO_MANY_ATTEMPTS: OwnAnswer = {
  status: 429,
  code: 'TooManyAttempts',
  reason: 'Too many passwords were tried; wait a little.',
  lines: 'Retry-After: 1\r\n',
  counter: 'policy_access',
};

export const PASSWORDS_BUSY: OwnAnswer = {
  status: 503,
  code: 'PasswordsBusy',
  reason: 'Too many passwords wait to be checked; try again.',
  lines: 'Retry-After: 1\r\n',
  counter: 'policy_access',
};

export type Credentials = {
  /** The Authorization field as sent; undefined: there is none. */
  readonly authorization: string | undefined;
  readonly address: string;
  readonly nowMs: number;
};

/** What is known of the logins of one Ingress; outlives a change of its Secret. */
export class LoginMemory {
  readonly known = new RememberedLogins();
  readonly ration = new LoginRation();
}

type Login = CheckedLogin & { readonly password: Buffer };

/** Users and passwords of one Ingress, as its Secret has them. */
export class PasswordCheck {
  readonly #hashes: ReadonlyMap<string, string>;
  readonly #hashList: readonly string[];
  readonly #unauthorized: OwnAnswer;
  readonly #answers: OutcomeAnswers;
  readonly #memory: LoginMemory;
  readonly #verifier: Pick<PasswordVerifier, 'verify'>;
  readonly #running = new Map<string, Verification>();

  constructor({ users, realm }: BasicAuth, memory: LoginMemory, verifier: Pick<PasswordVerifier, 'verify'>) {
    this.#hashes = new Map(users.map(({ name, hash }) => [utf8Bytes(name), hash]));
    this.#hashList = users.map(({ hash }) => hash);
    this.#unauthorized = {
      status: 401,
      code: 'AuthenticationRequired',
      reason: 'A user name and a password are needed here.',
      lines: `WWW-Authenticate: Basic realm="${realm}"\r\n`,
      counter: 'policy_access',
    };
    this.#answers = { fits: null, wrong: this.#unauthorized, busy: PASSWORDS_BUSY };
    this.#memory = memory;
    this.#verifier = verifier;
  }

  /** Null: these are the credentials of a user, or will be, as the verdict says that it leaves in the notes. */
  answerTo(
    { authorization, address, nowMs }: Credentials,
    notes: { verdict: PendingVerdict | null },
  ): OwnAnswer | null {
    const [, base64] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization ?? '') ?? [];
    if (base64 === undefined) return this.#unauthorized;
    const { known, ration } = this.#memory;
    const digest = known.digestOf(base64);
    const isRight = known.recall(digest, this.#hashes, nowMs);
    if (isRight !== undefined) return isRight ? null : this.#unauthorized;
    const running = this.#running.get(digest);
    if (running !== undefined) {
      notes.verdict = running.join(this.#answers);
      return null;
    }
    const login = this.#loginOf(Buffer.from(base64, 'base64'));
    if (login === undefined) return this.#unauthorized;
    const hash = login.hash ?? this.#hashInstead(login.user);
    const work = passwordWork(hash);
    if (!ration.take(address, login.user, work, nowMs)) return TOO_MANY_ATTEMPTS;
    if (work === 0)
      return this.#answers[this.#learn(digest, login, passwordFits(login.password, hash), nowMs)];
    notes.verdict = this.#verify(digest, login, hash, nowMs);
    return null;
  }

  #loginOf(credentials: Buffer): Login | undefined {
    const colon = credentials.indexOf(':');
    if (colon === -1 || credentials.length - colon > MAX_PASSWORD_BYTES) return undefined;
    const user = credentials.toString('latin1', 0, colon);
    return { user, hash: this.#hashes.get(user), password: credentials.subarray(colon + 1) };
  }

  /** For a user that is not there as much is computed as for one that is: time does not tell who is. */
  #hashInstead(user: string): string {
    const chosen = Buffer.from(this.#memory.known.digestOf(user), 'base64').readUInt32LE(0);
    return this.#hashList[chosen % this.#hashList.length] ?? '';
  }

  #verify(digest: string, login: Login, hash: string, nowMs: number): PendingVerdict {
    const verification = new Verification();
    this.#running.set(digest, verification);
    this.#verifier.verify(this.#memory, {
      password: login.password,
      hash,
      isWanted: () => verification.isWanted,
      onOutcome: outcome => {
        this.#running.delete(digest);
        verification.tell(
          outcome === 'busy' ? 'busy' : this.#learn(digest, login, outcome === 'fits', nowMs),
        );
      },
    });
    return verification.join(this.#answers);
  }

  #learn(digest: string, { user, hash }: Login, fits: boolean, nowMs: number): 'fits' | 'wrong' {
    const isRight = fits && hash !== undefined;
    this.#memory.known.remember(digest, { user, hash }, isRight, nowMs);
    return isRight ? 'fits' : 'wrong';
  }
}
