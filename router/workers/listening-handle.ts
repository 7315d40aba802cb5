import net, { isIPv6 } from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { ListenerKind } from '../listeners.ts';

/** A bound socket that its holder does not accept on: it is handed to workers, which do. */
export type ListeningHandle = {
  readonly port: number;
  /** What `child.send` and `server.listen` take. */
  readonly native: unknown;
  close(): void;
};

/** A bound socket, and what is spoken there. */
export type Listener = { readonly kind: ListenerKind; readonly handle: ListeningHandle };

type NativeHandle = {
  getsockname(out: { port?: number }): number;
  close(): void;
};

/**
 * What `node:cluster` binds its shared sockets with. Every public way to a listening socket also accepts on it,
 * and what the primary accepts no worker serves (ADR 0011).
 */
const { _createServerHandle: createServerHandle } = net as unknown as {
  _createServerHandle(
    address: string,
    port: number,
    addressType: 4 | 6,
    fd: undefined,
    flags: number,
  ): NativeHandle | number;
};

const systemError = (errno: number, host: string, port: number): Error => {
  const code = getSystemErrorName(errno);
  return Object.assign(new Error(`bind ${code} ${host}:${port}`), { code, syscall: 'bind', port });
};

/** libuv's flag for SO_REUSEPORT. */
const UV_TCP_REUSEPORT = 2;

/**
 * Binds a port for workers to listen on; 0 is any free one. `isShared`: another router of this machine may hold it too
 * (SO_REUSEPORT), so that a new one serves beside the old one while that drains.
 * @throws an error with a `code` such as `EADDRINUSE`, `EACCES` or `EADDRNOTAVAIL`
 */
export const bindListener = (port: number, host: string, isShared = false): ListeningHandle => {
  const flags = isShared ? UV_TCP_REUSEPORT : 0;
  const handle = createServerHandle(host, port, isIPv6(host) ? 6 : 4, undefined, flags);
  if (typeof handle === 'number') throw systemError(handle, host, port);
  const name: { port?: number } = {};
  const failure = handle.getsockname(name);
  // libuv keeps what bind said of a port in use until it is asked; a worker would listen on any free port instead.
  if (failure !== 0) {
    handle.close();
    throw systemError(failure, host, port);
  }
  return { port: name.port ?? port, native: handle, close: () => handle.close() };
};
