import { hash } from 'node:crypto';
import { utf8Bytes } from '../../src/core/byte-string.ts';
import type { BasicAuth } from '../../src/core/route-settings.ts';
import type { OwnAnswer } from '../exchange/own-answer.ts';
import { AddressRates } from './address-rates.ts';
import { passwordFits } from './password-hash.ts';

/** Credentials that are remembered, each way; a flood of wrong ones cannot push out the right ones. */
const MAX_REMEMBERED = 1024;

/** Longer ones would make a thousand rounds of MD5 expensive, and nobody types them. */
const MAX_PASSWORD_BYTES = 512;

/** A hash costs about 2 ms: an address may ask for ten at once and one a second, all together for forty and twenty a second. */
const ADDRESS_INTERVAL_MS = 1000;
const ADDRESS_BURST = 9;
const ROUTE_INTERVAL_MS = 50;
const ROUTE_BURST = 39;

export const TOO_MANY_ATTEMPTS: OwnAnswer = {
  status: 429,
  code: 'TooManyAttempts',
  reason: 'Too many passwords were tried; wait a little.',
  lines: 'Retry-After: 1\r\n',
  counter: 'policy_access',
};

const remember = (known: Set<string>, key: string): void => {
  known.add(key);
  if (known.size <= MAX_REMEMBERED) return;
  const [oldest] = known;
  if (oldest !== undefined) known.delete(oldest);
};

export type Credentials = {
  /** The Authorization field as sent; undefined: there is none. */
  readonly authorization: string | undefined;
  readonly address: string;
  readonly nowMs: number;
};

/**
 * Users and passwords of one Ingress. What was checked once is remembered by the SHA-256 of the field, never as it came, so
 * that a hash is computed once for a client and not once for each request; the rest is rationed.
 */
export class PasswordCheck {
  readonly #hashes: ReadonlyMap<string, string>;
  readonly #anyHash: string;
  readonly #unauthorized: OwnAnswer;
  readonly #right = new Set<string>();
  readonly #wrong = new Set<string>();
  readonly #byAddress = new AddressRates(ADDRESS_INTERVAL_MS, ADDRESS_BURST);
  readonly #byRoute = new AddressRates(ROUTE_INTERVAL_MS, ROUTE_BURST);

  constructor({ users, realm }: BasicAuth) {
    this.#hashes = new Map(users.map(({ name, hash }) => [utf8Bytes(name), hash]));
    this.#anyHash = users[0]?.hash ?? '';
    this.#unauthorized = {
      status: 401,
      code: 'AuthenticationRequired',
      reason: 'A user name and a password are needed here.',
      lines: `WWW-Authenticate: Basic realm="${realm}"\r\n`,
      counter: 'policy_access',
    };
  }

  /** Null: these are the credentials of a user. */
  answerTo({ authorization, address, nowMs }: Credentials): OwnAnswer | null {
    const [, base64] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization ?? '') ?? [];
    if (base64 === undefined) return this.#unauthorized;
    const key = hash('sha256', base64, 'base64');
    if (this.#right.has(key)) return null;
    if (this.#wrong.has(key)) return this.#unauthorized;
    if (!this.#byAddress.take(address, nowMs) || !this.#byRoute.take('', nowMs)) return TOO_MANY_ATTEMPTS;
    const isRight = this.#isRight(Buffer.from(base64, 'base64'));
    remember(isRight ? this.#right : this.#wrong, key);
    return isRight ? null : this.#unauthorized;
  }

  #isRight(credentials: Buffer): boolean {
    const colon = credentials.indexOf(':');
    if (colon === -1 || credentials.length - colon > MAX_PASSWORD_BYTES) return false;
    const known = this.#hashes.get(credentials.toString('latin1', 0, colon));
    // For a user that is not there as much is computed: time does not tell who is.
    const fits = passwordFits(credentials.subarray(colon + 1), known ?? this.#anyHash);
    return fits && known !== undefined;
  }
}
