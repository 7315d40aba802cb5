import { type Command, InvalidArgumentError, Option } from 'commander';
import type { PortRange, TcpPortOptions } from '../core/tcp-ports.ts';

/** The flags about TCP ports: router, controller and webhook of one installation are given the same. */
export type TcpFlags = {
  readonly tcpPorts?: readonly number[];
  readonly tcpPortRange?: PortRange;
};

/** What `--tcp-port-range` alone stands for. */
const DEFAULT_RANGE = '33000-33999';

const portOf = (text: string): number | undefined => {
  const port = Number(text);
  return /^[1-9]\d{0,4}$/.test(text) && port <= 65_535 ? port : undefined;
};

const readPorts = (text: string, before: readonly number[] = []): readonly number[] => {
  const ports = text.split(',').map(part => {
    const port = portOf(part.trim());
    if (port !== undefined) return port;
    throw new InvalidArgumentError('Write ports from 1 to 65535 with commas between, e.g. 33306,33307.');
  });
  return [...new Set([...before, ...ports])].sort((a, b) => a - b);
};

const readRange = (text: string): PortRange => {
  const [first = '', last = '', ...rest] = text.split('-');
  const [from, to] = [portOf(first.trim()), portOf(last.trim())];
  if (from !== undefined && to !== undefined && from <= to && rest.length === 0) return { from, to };
  throw new InvalidArgumentError(`Write the first and the last port, e.g. ${DEFAULT_RANGE}.`);
};

/** In a cluster a port is there because Pods and load balancers declare it, so none is unless somebody says so. */
export const addTcpFlags = (command: Command, { tcpPorts }: { readonly tcpPorts: string }): Command =>
  command
    .addOption(
      new Option(
        '--tcp-ports <PORT,...>',
        `ports of the router that Services may ask for with sluice.dev/tcp (repeatable; default: ${tcpPorts})`,
      ).argParser(readPorts),
    )
    .addOption(
      new Option(
        '--tcp-port-range [FROM-TO]',
        `the same for a range of ports; without a value ${DEFAULT_RANGE} (default: ${tcpPorts})`,
      )
        .preset(DEFAULT_RANGE)
        .argParser(readRange),
    );

/** The ports that the flags declare; `undeclared` where there are no such flags. */
export const tcpPortOptions = (
  { tcpPorts, tcpPortRange }: TcpFlags,
  undeclared: TcpPortOptions,
): TcpPortOptions =>
  tcpPorts === undefined && tcpPortRange === undefined
    ? undeclared
    : { tcpPorts: tcpPorts ?? [], tcpPortRange: tcpPortRange ?? null };
