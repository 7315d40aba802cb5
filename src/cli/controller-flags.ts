import { isIP } from 'node:net';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { StatusSource } from '../controller/decide/observed.ts';
import type { EntryPoint } from '../controller/stored-kinds.ts';
import { canonicalHost } from '../core/host.ts';
import { addClusterFlags, type ClusterFlags } from './cluster-flags.ts';
import { readDuration } from './duration.ts';
import { readPort } from './port.ts';

type ServiceFlag = { readonly namespace: string; readonly name: string };

export type ControllerFlags = ClusterFlags & {
  readonly adminPort: number | 'off';
  readonly certificates: 'own' | 'cert-manager';
  readonly caOverlap: number;
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
    .addOption(
      new Option('--certificates <own|cert-manager>', "who makes the webhook's certificates")
        .choices(['own', 'cert-manager'])
        .default('own'),
    )
    .addOption(
      new Option(
        '--publish-service <NAMESPACE/NAME>',
        'Service whose addresses Ingress status shows (default: none)',
      ).argParser(readService),
    )
    .addOption(
      new Option('--ca-overlap <TIME>', 'how long an old and a new authority are both trusted')
        .argParser(readDuration)
        .default(60_000, '60 s'),
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
