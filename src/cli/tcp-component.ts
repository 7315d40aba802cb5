import { declaredPortsText, NO_TCP_PORTS, type PortRange, type TcpPortOptions } from '../core/tcp-ports.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { type TcpFlags, tcpPortOptions } from './tcp-flags.ts';
import type { Terminal } from './terminal.ts';

export type TcpComponentFlags = TcpFlags & { readonly hostNetwork?: boolean };

const rangeText = ({ from, to }: PortRange): string => `${from}-${to}`;

/** The flags that each role gets. */
const flagsOf = ({ tcpPorts, tcpPortRange }: TcpPortOptions): readonly string[] => [
  ...(tcpPorts.length === 0 ? [] : [`--tcp-ports=${tcpPorts.join(',')}`]),
  ...(tcpPortRange === null ? [] : [`--tcp-port-range=${rangeText(tcpPortRange)}`]),
];

type Added = { readonly path: string; readonly value: string };

/** One patch of a component; `comment` says why. */
const patchLines = (
  target: { readonly kind: string; readonly name: string },
  comment: string,
  added: readonly Added[],
): readonly string[] => [
  '  - target:',
  `      kind: ${target.kind}`,
  `      name: ${target.name}`,
  `    # ${comment}`,
  '    patch: |-',
  ...added.flatMap(({ path, value }) => [
    '      - op: add',
    `        path: ${path}`,
    `        value: ${value}`,
  ]),
];

const CONTAINER = '/spec/template/spec/containers/0';

/**
 * A component of kustomize that declares TCP ports wherever an installation has to name them: flags of all roles, ports
 * of the router's pods, its NetworkPolicy, and the load balancer's Service where there is one.
 */
export const tcpComponent = (options: TcpPortOptions, isHostNetwork: boolean): string => {
  const { tcpPorts, tcpPortRange } = options;
  const args = flagsOf(options).map(value => ({ path: `${CONTAINER}/args/-`, value }));
  const podPorts = tcpPorts.map(port => ({
    path: `${CONTAINER}/ports/-`,
    value: `{name: tcp-${port}, containerPort: ${port}, hostPort: ${port}}`,
  }));
  const allowed = [
    ...tcpPorts.map(port => `{port: ${port}}`),
    ...(tcpPortRange === null ? [] : [`{port: ${tcpPortRange.from}, endPort: ${tcpPortRange.to}}`]),
  ].map(value => ({ path: '/spec/ingress/0/ports/-', value }));
  const balanced = tcpPorts.map(port => ({
    path: '/spec/ports/-',
    value: `{name: tcp-${port}, port: ${port}, targetPort: tcp-${port}}`,
  }));
  const router = isHostNetwork
    ? patchLines(
        { kind: 'DaemonSet', name: 'sluice-router' },
        'A port of the node needs no declaration.',
        args,
      )
    : patchLines({ kind: 'DaemonSet', name: 'sluice-router' }, 'Node and pod have the same port.', [
        ...args,
        ...podPorts,
      ]);
  return [
    `# Declares the TCP ports ${declaredPortsText(options)}. Written by: sluice tcp-component ${[...flagsOf(options), ...(isHostNetwork ? ['--host-network'] : [])].join(' ')}`,
    'apiVersion: kustomize.config.k8s.io/v1alpha1',
    'kind: Component',
    'patches:',
    ...router,
    ...patchLines(
      { kind: 'Deployment', name: 'sluice-(webhook|controller)' },
      'What nobody declared is denied, and told in Events.',
      args,
    ),
    ...patchLines(
      { kind: 'NetworkPolicy', name: 'sluice-router' },
      'Clients reach them from anywhere.',
      allowed,
    ),
    ...(isHostNetwork || balanced.length === 0
      ? []
      : patchLines(
          { kind: 'Service', name: 'sluice-router' },
          'Where a load balancer stands in front.',
          balanced,
        )),
    '',
  ].join('\n');
};

/** `sluice tcp-component`: what an installation with these ports is made of. */
export const printTcpComponent = (flags: TcpComponentFlags, terminal: Terminal): ExitCode => {
  const options = tcpPortOptions(flags, NO_TCP_PORTS);
  const isHostNetwork = flags.hostNetwork === true;
  if (options.tcpPorts.length === 0 && options.tcpPortRange === null) {
    terminal.complain('sluice tcp-component: name the ports with --tcp-ports PORT,... or --tcp-port-range.');
    return EXIT.usage;
  }
  if (options.tcpPortRange !== null && !isHostNetwork) {
    terminal.complain(
      'sluice tcp-component: a range is for --host-network, where a port of the node needs no declaration; pods and load balancers name each port, so name them with --tcp-ports PORT,...',
    );
    return EXIT.usage;
  }
  terminal.print(tcpComponent(options, isHostNetwork).trimEnd());
  return EXIT.fine;
};
