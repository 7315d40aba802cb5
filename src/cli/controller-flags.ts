import { isIP } from 'node:net';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_LIFETIMES, type Lifetimes, lifetimeFaults } from '../../certs/lifetimes.ts';
import type { StatusSource } from '../controller/decide/observed.ts';
import type { EntryPoint } from '../controller/stored-kinds.ts';
import { canonicalHost } from '../core/host.ts';
import { readCertificateName } from './certificate-name.ts';
import { addClusterFlags, type ClusterFlags } from './cluster-flags.ts';
import { durationText, readDuration } from './duration.ts';
import { lifetimeText, readLifetime } from './lifetime.ts';
import { readPort } from './port.ts';

type ServiceFlag = { readonly namespace: string; readonly name: string };

export type ControllerFlags = ClusterFlags & {
  readonly adminPort: number | 'off';
  readonly adminAddress: string;
  readonly certificates: 'own' | 'cert-manager';
  /** Milliseconds, as all times behind the command line. */
  readonly caLifetime: number;
  readonly certificateLifetime: number;
  readonly caOverlap: number;
  readonly certificateName?: readonly string[];
  readonly publishStatus: 'on' | 'off';
  readonly publishService?: ServiceFlag;
  readonly publishAddress?: readonly EntryPoint[];
  readonly restore?: boolean;
};

const readService = (text: string): ServiceFlag => {
  const [, namespace = '', name = ''] = /^([^/\s]+)\/([^/\s]+)$/.exec(text) ?? [];
  if (name !== '') return { namespace, name };
  throw new InvalidArgumentError('Write NAMESPACE/NAME.');
};

/** Replicas and owner look every 5 seconds: what is announced for less has not been seen. */
const LEAST_OVERLAP_MS = 10_000;

const readOverlap = (text: string): number => {
  const ms = readDuration(text);
  if (ms >= LEAST_OVERLAP_MS) return ms;
  throw new InvalidArgumentError('At least 10s: replicas look for a new certificate every 5 seconds.');
};

const { authorityMs, servingMs, overlapMs } = DEFAULT_LIFETIMES;

const MEMBER_FLAGS = {
  authorityMs: '--ca-lifetime',
  servingMs: '--certificate-lifetime',
  overlapMs: '--ca-overlap',
} as const satisfies Record<keyof Lifetimes, string>;

export const certificateLifetimes = ({
  caLifetime,
  certificateLifetime,
  caOverlap,
}: Pick<ControllerFlags, 'caLifetime' | 'certificateLifetime' | 'caOverlap'>): Lifetimes => ({
  authorityMs: caLifetime,
  servingMs: certificateLifetime,
  overlapMs: caOverlap,
});

/** What is wrong with flags that are fine one by one, a line each. */
export const controllerFlagFaults = (flags: ControllerFlags): readonly string[] => {
  const lifetimes = certificateLifetimes(flags);
  if (flags.certificates === 'cert-manager') return [];
  return lifetimeFaults(lifetimes).map(
    ({ member, of, mostMs, reason }) =>
      `${MEMBER_FLAGS[member]} is ${lifetimeText(lifetimes[member])}, but with ${MEMBER_FLAGS[of]} ${lifetimeText(lifetimes[of])} it may be ${lifetimeText(mostMs)} at most: ${reason}.`,
  );
};

const readAddress = (text: string, before: readonly EntryPoint[] = []): readonly EntryPoint[] => {
  if (isIP(text) !== 0) return [...before, { ip: text, hostname: null }];
  const hostname = canonicalHost(text);
  if (hostname === undefined || hostname.startsWith('*'))
    throw new InvalidArgumentError('Write an IP address or a host name.');
  return [...before, { ip: null, hostname }];
};

const readAdminPort = (text: string): number | 'off' => (text === 'off' ? text : readPort(text));

export const addControllerFlags = (command: Command): Command =>
  addClusterFlags(command)
    .addOption(
      new Option('--admin-port <PORT>', 'port for health and metrics, or "off"')
        .argParser(readAdminPort)
        .default(9_090),
    )
    .addOption(new Option('--admin-address <ADDRESS>', 'address of the admin port').default('::', 'all'))
    .addOption(
      new Option('--certificates <own|cert-manager>', "who makes the webhook's certificates")
        .choices(['own', 'cert-manager'])
        .default('own'),
    )
    .addOption(
      new Option('--ca-lifetime <TIME>', "how long the authority of the webhook's certificate holds")
        .argParser(readLifetime)
        .default(authorityMs, lifetimeText(authorityMs)),
    )
    .addOption(
      new Option('--certificate-lifetime <TIME>', "how long the webhook's certificate holds")
        .argParser(readLifetime)
        .default(servingMs, lifetimeText(servingMs)),
    )
    .addOption(
      new Option('--ca-overlap <TIME>', 'how long an old and a new authority are both trusted')
        .argParser(readOverlap)
        .default(overlapMs, durationText(overlapMs)),
    )
    .addOption(
      new Option(
        '--certificate-name <NAME>',
        "further host name or address in the webhook's certificate, for a webhook that is called by URL (repeatable; default: none)",
      ).argParser(readCertificateName),
    )
    .addOption(
      new Option(
        '--publish-service <NAMESPACE/NAME>',
        'Service whose addresses Ingress status shows (default: none)',
      ).argParser(readService),
    )
    .addOption(
      new Option(
        '--publish-address <ADDRESS>',
        'address that Ingress status shows (repeatable; default: none)',
      ).argParser(readAddress),
    )
    .addOption(
      new Option('--publish-status <on|off>', 'off: Ingress status is left to others')
        .choices(['on', 'off'])
        .default('on'),
    )
    .addOption(
      new Option(
        '--restore',
        'before an uninstall: give every Ingress its own hosts back, and end (default: off)',
      ),
    );

export const statusSource = (flags: ControllerFlags): StatusSource => {
  if (flags.publishStatus === 'off') return { kind: 'off' };
  if (flags.publishService !== undefined) return { kind: 'service', ...flags.publishService };
  if (flags.publishAddress !== undefined) return { kind: 'addresses', entryPoints: flags.publishAddress };
  return { kind: 'off' };
};
