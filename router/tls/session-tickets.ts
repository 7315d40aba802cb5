import { randomFillSync } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import type { Log } from '../engine.ts';

/** A key that session tickets are sealed with, as Node's `ticketKeys` has it: 16 bytes each of name, HMAC and AES key. */
export type TicketKey = Uint8Array;

const PART_BYTES = 16;
export const TICKET_KEY_BYTES = 3 * PART_BYTES;

/** The keys of this moment: whatever was sealed with one of them is accepted. */
export type TicketKeys = {
  readonly sealing: TicketKey;
  /** Those before it, and the next one: another router may seal with it already. */
  readonly accepted: readonly TicketKey[];
};

type KeyParts = { readonly name: Buffer; readonly hmac: Buffer; readonly aes: Buffer };

/** What OpenSSL's callback takes: 1 goes on, 2 has the client given a new ticket, 0 knows no such key. */
type Verdict = readonly [0 | 1 | 2, hmac: Buffer, aes: Buffer, name?: Buffer, iv?: Buffer];

/** Node's own way to be asked for a key by name, which has no public name; without it one key is all there is. */
type Native = {
  onticketkeycallback?: (name: Buffer, iv: Buffer, isSealing: boolean) => Verdict;
  enableTicketKeyCallback?: () => void;
};

const partsOf = (key: TicketKey): KeyParts => {
  const bytes = Buffer.from(key);
  return {
    name: bytes.subarray(0, PART_BYTES),
    hmac: bytes.subarray(PART_BYTES, 2 * PART_BYTES),
    aes: bytes.subarray(2 * PART_BYTES, TICKET_KEY_BYTES),
  };
};

/** Node ends the process where there are no keys, though nothing is done with these. */
const UNKNOWN: Verdict = [0, Buffer.alloc(PART_BYTES), Buffer.alloc(PART_BYTES)];

/** Random bytes for IVs: one draw for many tickets. */
const ivs = Buffer.alloc(256 * PART_BYTES);
let ivAt = ivs.length;

const freshIv = (): Buffer => {
  if (ivAt === ivs.length) {
    randomFillSync(ivs);
    ivAt = 0;
  }
  const iv = ivs.subarray(ivAt, ivAt + PART_BYTES);
  ivAt += PART_BYTES;
  return iv;
};

/**
 * Seals and opens session tickets with keys that all workers and routers share, so that a session which one of them
 * gave is resumed by any other. A rotation changes the keys in place: contexts ask for them with every ticket.
 */
export class SessionTickets {
  readonly #log: Log;
  #sealing: KeyParts;
  #accepted: readonly KeyParts[];
  #keys: TicketKeys;

  constructor(keys: TicketKeys, log: Log) {
    this.#log = log;
    this.#keys = keys;
    this.#sealing = partsOf(keys.sealing);
    this.#accepted = keys.accepted.map(partsOf);
  }

  get keys(): TicketKeys {
    return this.#keys;
  }

  change(keys: TicketKeys): void {
    this.#keys = keys;
    this.#sealing = partsOf(keys.sealing);
    this.#accepted = keys.accepted.map(partsOf);
  }

  /** Has a context ask here; false where this Node cannot: then it has the one key that it was made with. */
  serve(context: SecureContext): boolean {
    const native = context.context as Native;
    if (typeof native.enableTicketKeyCallback !== 'function') return false;
    native.onticketkeycallback = this.#onTicket;
    native.enableTicketKeyCallback();
    return true;
  }

  /** Must not throw: OpenSSL is on the stack. */
  readonly #onTicket = (name: Buffer, _iv: Buffer, isSealing: boolean): Verdict => {
    try {
      const sealing = this.#sealing;
      if (isSealing) return [1, sealing.hmac, sealing.aes, sealing.name, freshIv()];
      if (name.equals(sealing.name)) return [1, sealing.hmac, sealing.aes];
      const known = this.#accepted.find(key => name.equals(key.name));
      return known === undefined ? UNKNOWN : [2, known.hmac, known.aes];
    } catch (error) {
      this.#log('a bug with session tickets', error);
      return UNKNOWN;
    }
  };
}
