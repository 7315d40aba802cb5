import { isRecord } from './canonical-json.ts';

/** As Node's `ticketKeys` has them: 16 bytes each of name, HMAC key and AES key. */
export const SESSION_KEY_BYTES = 48;

/** A stolen key opens what was recorded of the sessions that it sealed (of TLS 1.2): it is not used for long. */
export const SESSION_KEY_LIFETIME_MS = 12 * 3_600_000;

/**
 * The keys that TLS sessions are sealed with. The next one is handed out a whole lifetime before it is used, so that
 * nobody seals with a key that another router does not know; the previous one is accepted for a lifetime more.
 */
export type SessionKeyRing = {
  /** Milliseconds since the epoch. */
  readonly rotatedMs: number;
  readonly next: Uint8Array;
  readonly sealing: Uint8Array;
  /** Null: there was none. */
  readonly previous: Uint8Array | null;
};

export const newRing = (nowMs: number, newKey: () => Uint8Array): SessionKeyRing => ({
  rotatedMs: nowMs,
  next: newKey(),
  sealing: newKey(),
  previous: null,
});

/** The ring as it shall be at that time: the same object unless a rotation is due, or the clock was set back past its last. */
export const ringAt = (ring: SessionKeyRing, nowMs: number, newKey: () => Uint8Array): SessionKeyRing => {
  const ageMs = nowMs - ring.rotatedMs;
  if (ageMs >= 0 && ageMs < SESSION_KEY_LIFETIME_MS) return ring;
  return { rotatedMs: nowMs, next: newKey(), sealing: ring.next, previous: ring.sealing };
};

/** In the order of trust: what is sealed with now, then what is accepted beside it. */
export const ringKeys = ({
  next,
  sealing,
  previous,
}: SessionKeyRing): { readonly sealing: Uint8Array; readonly accepted: readonly Uint8Array[] } => ({
  sealing,
  accepted: previous === null ? [next] : [previous, next],
});

const textOf = (key: Uint8Array): string => Buffer.from(key).toString('base64');

export const ringText = ({ rotatedMs, next, sealing, previous }: SessionKeyRing): string =>
  JSON.stringify({
    rotatedMs,
    next: textOf(next),
    sealing: textOf(sealing),
    previous: previous === null ? null : textOf(previous),
  });

const keyIn = (value: unknown): Uint8Array | undefined => {
  const key = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
  return key?.length === SESSION_KEY_BYTES ? key : undefined;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Undefined where it is no ring: whoever keeps it makes a new one. */
export const parseRing = (text: string): SessionKeyRing | undefined => {
  const value = parsed(text);
  if (!isRecord(value) || !Number.isSafeInteger(value.rotatedMs)) return undefined;
  const next = keyIn(value.next);
  const sealing = keyIn(value.sealing);
  const previous = value.previous === null ? null : keyIn(value.previous);
  if (next === undefined || sealing === undefined || previous === undefined) return undefined;
  return { rotatedMs: Number(value.rotatedMs), next, sealing, previous };
};
