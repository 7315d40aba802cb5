/** A line of an htpasswd file, by what it costs to check a password against it. */
export type PasswordHashKind =
  /** `{SHA}`: one SHA-1, a microsecond (`htpasswd -s`). */
  | { readonly kind: 'sha1' }
  /** `$apr1$` and `$1$`: a thousand rounds of MD5, some milliseconds (`htpasswd -m`). */
  | { readonly kind: 'md5' }
  /** `$2a$`, `$2b$`, `$2y$`: 2^cost rounds, a tenth of a second at 10 (`htpasswd -B`). */
  | { readonly kind: 'bcrypt'; readonly cost: number };

/** Each step doubles what one password costs to check; at 14 that is one to two seconds of a core. */
export const MAX_BCRYPT_COST = 14;
/** What the algorithm itself allows. */
const MIN_BCRYPT_COST = 4;

const SHA1 = /^\{SHA\}[A-Za-z0-9+/]{27}=$/;
const MD5 = /^\$(?:apr1|1)\$[./0-9A-Za-z]{0,8}\$[./0-9A-Za-z]{22}$/;
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./0-9A-Za-z]{53}$/;

/** Undefined: of no kind that is known. A cost may be outside of what `checkedHashKind` takes. */
const hashKind = (hash: string): PasswordHashKind | undefined => {
  if (SHA1.test(hash)) return { kind: 'sha1' };
  if (MD5.test(hash)) return { kind: 'md5' };
  const cost = BCRYPT.exec(hash)?.[1];
  return cost === undefined ? undefined : { kind: 'bcrypt', cost: Number(cost) };
};

export type CheckedHash =
  | { readonly ok: true; readonly kind: PasswordHashKind }
  /** Continues "the hash …", and says what to do. */
  | { readonly ok: false; readonly reason: string };

/** The kind of a hash that the router checks passwords against. */
export const checkedHashKind = (hash: string): CheckedHash => {
  const kind = hashKind(hash);
  if (kind === undefined)
    return { ok: false, reason: 'is none of bcrypt, MD5-crypt and SHA-1; make it with "htpasswd -B"' };
  if (kind.kind !== 'bcrypt') return { ok: true, kind };
  if (kind.cost >= MIN_BCRYPT_COST && kind.cost <= MAX_BCRYPT_COST) return { ok: true, kind };
  return {
    ok: false,
    reason: `is bcrypt of cost ${kind.cost}, and ${MIN_BCRYPT_COST} to ${MAX_BCRYPT_COST} are checked; make it with "htpasswd -B -C 10"`,
  };
};
