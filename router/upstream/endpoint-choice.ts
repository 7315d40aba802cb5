import type { Affinity, Balance } from '../../src/core/balance.ts';
import { type ByteString, utf8Bytes } from '../../src/core/byte-string.ts';
import { compileHashKey, type HashedRequest } from './hash-key.ts';

/** A route's way to an endpoint of its pool, compiled. */
export type EndpointChoice = {
  readonly balance: Balance['kind'];
  /** Set for `hash` only. */
  readonly hashKey: ((request: HashedRequest) => number) | null;
  readonly affinity: CompiledAffinity | null;
};

export type CompiledAffinity = {
  readonly cookie: ByteString;
  /** What follows the cookie's value: `; Path=/; HttpOnly\r\n`. */
  readonly attributes: ByteString;
};

const compileAffinity = ({
  cookie,
  ttlSeconds,
  path,
  domain,
  sameSite,
  secure,
}: Affinity): CompiledAffinity => {
  const attributes = [
    // A rule's path may hold a `;`, a cookie's may not (RFC 6265 4.1.1): what follows would be attributes.
    `Path=${path.replace(/;.*/s, '')}`,
    ...(domain === null ? [] : [`Domain=${domain}`]),
    ...(ttlSeconds === null ? [] : [`Max-Age=${ttlSeconds}`]),
    // No page has any use for it, so no script that was smuggled into one may read it.
    'HttpOnly',
    ...(sameSite === null ? [] : [`SameSite=${sameSite}`]),
    ...(secure ? ['Secure'] : []),
  ];
  return { cookie: utf8Bytes(cookie), attributes: utf8Bytes(`; ${attributes.join('; ')}\r\n`) };
};

/** The least busy of two random endpoints, anew for every request (DESIGN 7). */
export const DEFAULT_CHOICE: EndpointChoice = { balance: 'p2c', hashKey: null, affinity: null };

export const compileChoice = (balance: Balance, affinity: Affinity | null): EndpointChoice =>
  balance.kind === 'p2c' && affinity === null
    ? DEFAULT_CHOICE
    : {
        balance: balance.kind,
        hashKey: balance.kind === 'hash' ? compileHashKey(balance.by) : null,
        affinity: affinity === null ? null : compileAffinity(affinity),
      };
