import type { ListeningHandle } from '../../router/workers/listening-handle.ts';
import { TCP } from '../core/annotation-names.ts';
import { NO_TCP_PORTS, type TcpPortOptions } from '../core/tcp-ports.ts';
import { bindPort, type WantedListener, type WantedPort } from './listening-port.ts';
import { type TcpFlags, tcpPortOptions } from './tcp-flags.ts';

/** What the other flags listen on. */
export type OtherPorts = {
  readonly port: number;
  readonly tlsPort?: number | 'off';
  readonly adminPort: number | 'off';
};

/** Port 0 is any free one, and asks for none. */
const isTaken = (other: {
  readonly port: number | 'off' | undefined;
  readonly flag: string;
}): other is { readonly port: number; readonly flag: string } =>
  typeof other.port === 'number' && other.port !== 0;

const isIn = (port: number, { tcpPortRange }: TcpPortOptions): boolean =>
  tcpPortRange !== null && tcpPortRange.from <= port && port <= tcpPortRange.to;

/** Why the TCP flags cannot be meant as they stand, given what else listens; null: they can. */
export const tcpPortConflict = (flags: TcpFlags & OtherPorts): string | null => {
  const declared = tcpPortOptions(flags, NO_TCP_PORTS);
  const taken = [
    { port: flags.port, flag: '--port' },
    { port: flags.tlsPort, flag: '--tls-port' },
    { port: flags.adminPort, flag: '--admin-port' },
  ].filter(isTaken);
  const twice = taken.find(({ port }) => declared.tcpPorts.includes(port));
  if (twice !== undefined)
    return `port ${twice.port} is in --tcp-ports and is what ${twice.flag} listens on; take it out of one of them.`;
  const within = taken.find(({ port }) => isIn(port, declared));
  if (within !== undefined)
    return `port ${within.port} of --tcp-port-range is what ${within.flag} listens on; choose a range without it, or another port with ${within.flag}.`;
  return null;
};

/** The ports that `--tcp-ports` names: bound at the start, whether a Service has them or not. */
export const declaredListeners = (
  { tcpPorts = [] }: TcpFlags,
  wanted: Pick<WantedPort, 'address' | 'isShared'>,
): readonly WantedListener[] => tcpPorts.map(port => ({ ...wanted, kind: 'tcp', port, flag: '--tcp-ports' }));

/** How a TCP port is bound that a Service asks for while the router runs. */
export const plannedBinder =
  (wanted: Pick<WantedPort, 'address' | 'isShared'>) =>
  (port: number): ListeningHandle =>
    bindPort({ ...wanted, port, flag: TCP });
