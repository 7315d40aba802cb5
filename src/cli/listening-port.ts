import type { ListenerKind } from '../../router/listeners.ts';
import { bindListener, type Listener, type ListeningHandle } from '../../router/workers/listening-handle.ts';

/** A port that is wanted. */
export type WantedPort = {
  readonly port: number;
  /** Undefined: all addresses. */
  readonly address: string | undefined;
  /** Another router of this machine may listen on it too. */
  readonly isShared?: boolean;
  /** What chooses the port. */
  readonly flag: string;
};

export type WantedListener = WantedPort & { readonly kind: ListenerKind };

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

const isWithoutIpv6 = (error: unknown): boolean =>
  codeOf(error) === 'EAFNOSUPPORT' || codeOf(error) === 'EADDRNOTAVAIL';

/** Binds the given address, else all: IPv6 and IPv4 at once, or IPv4 where the machine has no IPv6. */
export const bindPort = ({ port, address, isShared }: WantedPort): ListeningHandle => {
  if (address !== undefined) return bindListener(port, address, isShared);
  try {
    return bindListener(port, '::', isShared);
  } catch (error) {
    if (!isWithoutIpv6(error)) throw error;
    return bindListener(port, '0.0.0.0', isShared);
  }
};

/**
 * Binds all of them, or none.
 * @throws as `bindPort`; `listenersFailure` says which of them it was
 */
export const bindListeners = (wanted: readonly WantedListener[]): readonly Listener[] => {
  const bound: Listener[] = [];
  try {
    for (const one of wanted) bound.push({ kind: one.kind, handle: bindPort(one) });
  } catch (error) {
    for (const { handle } of bound) handle.close();
    throw error;
  }
  return bound;
};

/** Starts a server on an address; on `::`, which is all of them, by IPv4 alone where the machine has no IPv6. */
export const startOn = async <T>(address: string, start: (host: string) => Promise<T>): Promise<T> => {
  try {
    return await start(address);
  } catch (error) {
    if (address !== '::' || !isWithoutIpv6(error)) throw error;
    return start('0.0.0.0');
  }
};

/** An address flag as `WantedPort` has it. */
export const givenAddress = (address: string): string | undefined => (address === '::' ? undefined : address);

/** Why a port could not be had, for a person; an error that nobody expects of a bind is thrown again. */
export const listenFailure = (error: unknown, { port, address, flag }: WantedPort): string => {
  const where = address === undefined ? `port ${port}` : `port ${port} of ${address}`;
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return `${where} is in use; end the process that holds it, or choose another with ${flag}.`;
    case 'EACCES':
      return `this user may not listen on ${where}; choose one above 1023 with ${flag}.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EINVAL':
      return `${address} is no address of this machine; leave --address out to listen on all.`;
    default:
      throw error;
  }
};

/** `listenFailure` of the one of several ports that the error names. */
export const listenersFailure = (error: unknown, wanted: readonly WantedListener[]): string => {
  const port = error instanceof Error && 'port' in error ? error.port : undefined;
  const failed = wanted.find(one => one.port === port) ?? wanted[0];
  if (failed === undefined) throw error;
  return listenFailure(error, failed);
};
