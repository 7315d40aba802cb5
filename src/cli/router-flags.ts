import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_OPTIONS, type EngineOptions } from '../../router/engine.ts';
import { canonicalCidr } from '../core/ticket/ip-cidr.ts';
import { durationText, readDuration } from './duration.ts';
import type { WantedListener } from './listening-port.ts';
import { readPort } from './port.ts';
import { readSecretName, type SecretName } from './secret-name-flag.ts';
import type { TcpFlags } from './tcp-flags.ts';
import { declaredListeners, type OtherPorts, tcpPortConflict } from './tcp-listeners.ts';

/** The flags of everything that routes: about what stands in front of it, its admin port, and its end. */
export type RouterFlags = {
  readonly trustedProxies?: readonly string[];
  readonly proxyProtocol?: boolean;
  readonly h2c?: boolean;
  readonly maxConnections: number;
  readonly adminPort: number | 'off';
  readonly tlsPort: number | 'off';
  /** Whose certificate clients are shown where no other is. */
  readonly defaultCertificate?: SecretName;
  /** Missing: the TLS port itself, where no load balancer stands in front. */
  readonly publicHttpsPort?: number;
  /** Milliseconds, as all times behind the command line. */
  readonly drainWait: number;
  readonly drain: number;
};

/** What differs by command. */
export type RouterFlagDefaults = Pick<RouterFlags, 'drainWait' | 'drain' | 'publicHttpsPort'>;

const readCidrs = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...text.split(',').map(part => {
    const cidr = canonicalCidr(part.trim());
    if (cidr !== undefined) return cidr;
    throw new InvalidArgumentError(
      'Write networks such as 10.0.0.0/8 or 2001:db8::/32, with commas between.',
    );
  }),
];

const readCount = (text: string): number => {
  if (/^[1-9][0-9]{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write a number from 1 to 9999999.');
};

const readPortOrOff = (text: string): number | 'off' => (text === 'off' ? text : readPort(text));

const readPublicPort = (text: string): number => {
  const port = readPort(text);
  if (port !== 0) return port;
  throw new InvalidArgumentError('Write the port that clients reach, a number from 1 to 65535.');
};

const publicHttpsPortOption = (port: number | undefined): Option => {
  const option = new Option(
    '--public-https-port <PORT>',
    `port under which clients reach HTTPS, for redirects${port === undefined ? ' (default: the TLS port)' : ''}`,
  ).argParser(readPublicPort);
  return port === undefined ? option : option.default(port);
};

export const addRouterFlags = (
  command: Command,
  { drainWait, drain, publicHttpsPort }: RouterFlagDefaults,
): Command =>
  command
    .addOption(
      new Option(
        '--trusted-proxies <CIDR,...>',
        'proxies in front whose X-Forwarded-* and Forwarded are believed (repeatable; default: none)',
      ).argParser(readCidrs),
    )
    .addOption(
      new Option(
        '--proxy-protocol',
        'every connection begins with a PROXY header (v1 or v2) from a trusted proxy; others are reset (default: off)',
      ),
    )
    .addOption(
      new Option(
        '--h2c',
        'connections in clear may speak HTTP/2 from their first byte on (prior knowledge), as gRPC clients without TLS do (default: off)',
      ),
    )
    .addOption(
      new Option('--max-connections <N>', 'client connections of a worker; those above it get a 503')
        .argParser(readCount)
        .default(DEFAULT_OPTIONS.maxConnections),
    )
    .addOption(
      new Option('--tls-port <PORT>', 'port for HTTPS; "off" for none')
        .argParser(readPortOrOff)
        .default(29_443),
    )
    .addOption(
      new Option(
        '--default-certificate <NAMESPACE/NAME>',
        'Secret with the certificate for TLS clients of hosts that have none of their own (default: one that the router makes)',
      ).argParser(readSecretName),
    )
    .addOption(publicHttpsPortOption(publicHttpsPort))
    .addOption(
      new Option('--admin-port <PORT>', 'port for health and metrics, on loopback by default; "off" for none')
        .argParser(readPortOrOff)
        .default(29_090),
    )
    .addOption(
      new Option(
        '--drain-wait <TIME>',
        'time from a stop until connections are closed; /readyz says no meanwhile',
      )
        .argParser(readDuration)
        .default(drainWait, durationText(drainWait)),
    )
    .addOption(
      new Option('--drain <TIME>', 'time that requests have to finish after that')
        .argParser(readDuration)
        .default(drain, durationText(drain)),
    )
    .hook('preAction', up => {
      const flags = up.opts<RouterFlags & TcpFlags & OtherPorts>();
      const conflict = tcpPortConflict(flags);
      if (conflict !== null) up.error(`error: ${conflict}`);
      const { proxyProtocol, trustedProxies } = flags;
      if (proxyProtocol !== true || trustedProxies !== undefined) return;
      up.error(
        'error: --proxy-protocol would refuse everybody; name who may send it with --trusted-proxies CIDR.',
      );
    });

export type ListenFlags = Pick<RouterFlags, 'tlsPort'> &
  TcpFlags & { readonly port: number; readonly address?: string };

/** Ports of a router: HTTP first, then HTTPS where it is on, then the TCP ports that are declared one by one. */
export const routerListeners = ({
  port,
  tlsPort,
  address,
  ...tcp
}: ListenFlags): readonly WantedListener[] => [
  { kind: 'http', port, address, flag: '--port' },
  ...(tlsPort === 'off' ? [] : [{ kind: 'https', port: tlsPort, address, flag: '--tls-port' } as const]),
  ...declaredListeners(tcp, { address }),
];

/** What the flags change of the engine's defaults. */
export const engineOptionsOf = (flags: RouterFlags): Partial<EngineOptions> => ({
  trustedProxies: flags.trustedProxies ?? [],
  proxyProtocol: flags.proxyProtocol === true,
  h2c: flags.h2c === true,
  maxConnections: flags.maxConnections,
  drainTimeoutMs: flags.drain,
  publicHttpsPort: flags.publicHttpsPort ?? null,
});
