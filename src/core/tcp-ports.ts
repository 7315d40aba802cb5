/** A range of ports, both ends included. */
export type PortRange = { readonly from: number; readonly to: number };

/** The ports of the router that an installation has declared: others are open nowhere, so no Service may ask for them. */
export type TcpPortOptions = {
  /** From `--tcp-ports`, sorted. */
  readonly tcpPorts: readonly number[];
  /** From `--tcp-port-range`; null: none. */
  readonly tcpPortRange: PortRange | null;
};

/** Where nobody has to open ports beforehand (standalone), a Service may ask for any. */
export const EVERY_TCP_PORT: TcpPortOptions = { tcpPorts: [], tcpPortRange: { from: 1, to: 65_535 } };

export const NO_TCP_PORTS: TcpPortOptions = { tcpPorts: [], tcpPortRange: null };

export const isDeclaredPort = (port: number, { tcpPorts, tcpPortRange }: TcpPortOptions): boolean =>
  tcpPorts.includes(port) || (tcpPortRange !== null && tcpPortRange.from <= port && port <= tcpPortRange.to);

/** `33306, 33307 and 33000-33999`, for messages. */
export const declaredPortsText = ({ tcpPorts, tcpPortRange }: TcpPortOptions): string => {
  const parts = tcpPorts.map(String);
  if (tcpPortRange !== null) parts.push(`${tcpPortRange.from}-${tcpPortRange.to}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
};
