import { createHash, timingSafeEqual } from 'node:crypto';

const DIGITS = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const md5 = (parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** Which bytes of the digest stand together in the text: three in four characters, the last alone in two. */
const GROUPS = [
  [0, 6, 12],
  [1, 7, 13],
  [2, 8, 14],
  [3, 9, 15],
  [4, 10, 5],
] as const;

const digits = (value: number, count: number): string => {
  let text = '';
  for (let left = value, at = 0; at < count; at += 1, left >>>= 6) text += DIGITS[left & 63];
  return text;
};

const cryptText = (digest: Buffer): string => {
  const byte = (at: number): number => digest[at] ?? 0;
  const groups = GROUPS.map(([a, b, c]) => digits((byte(a) << 16) | (byte(b) << 8) | byte(c), 4));
  return groups.join('') + digits(byte(11), 2);
};

/** What goes into the first digest beside password, magic and salt: the second one as often as the password is long. */
const padding = (password: Buffer, inner: Buffer): readonly Uint8Array[] => {
  const parts: Uint8Array[] = [];
  for (let left = password.length; left > 0; left -= 16) parts.push(inner.subarray(0, Math.min(16, left)));
  for (let bits = password.length; bits > 0; bits >>>= 1)
    parts.push((bits & 1) === 1 ? Buffer.from([0]) : password.subarray(0, 1));
  return parts;
};

/** MD5-crypt (Kamp, 1994) with the magic of BSD (`$1$`) or of Apache (`$apr1$`): a thousand rounds, about 2 ms. */
const md5Crypt = (password: Buffer, salt: Buffer, magic: string): string => {
  const inner = md5([password, salt, password]);
  let digest = md5([password, Buffer.from(magic, 'latin1'), salt, ...padding(password, inner)]);
  for (let round = 0; round < 1000; round += 1) {
    const isOdd = (round & 1) === 1;
    const parts: Uint8Array[] = [isOdd ? password : digest];
    if (round % 3 !== 0) parts.push(salt);
    if (round % 7 !== 0) parts.push(password);
    parts.push(isOdd ? digest : password);
    digest = md5(parts);
  }
  return cryptText(digest);
};

const hashedLike = (password: Buffer, hash: string): string | undefined => {
  if (hash.startsWith('{SHA}')) return `{SHA}${createHash('sha1').update(password).digest('base64')}`;
  const [, magic, salt = ''] = /^(\$(?:apr1|1)\$)([^$]{0,8})\$/.exec(hash) ?? [];
  return magic === undefined
    ? undefined
    : `${magic}${salt}$${md5Crypt(password, Buffer.from(salt, 'latin1'), magic)}`;
};

/** True if `password` is what a line of an htpasswd file holds; a hash of an unknown kind fits nothing. */
export const passwordFits = (password: Buffer, hash: string): boolean => {
  const found = hashedLike(password, hash);
  if (found === undefined || found.length !== hash.length) return false;
  return timingSafeEqual(Buffer.from(found, 'latin1'), Buffer.from(hash, 'latin1'));
};
