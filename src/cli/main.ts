#!/usr/bin/env node
import { availableParallelism } from 'node:os';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { addAdmissionFlags } from './admission-flags.ts';
import type { AdmitFlags } from './admit.ts';
import { addClusterFlags } from './cluster-flags.ts';
import type { ClusterRouterFlags } from './cluster-router.ts';
import { addControllerFlags, type ControllerFlags } from './controller-flags.ts';
import { type DecodeFlags, decode } from './decode.ts';
import { type EncodeFlags, encode } from './encode.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { ExplainFlags } from './explain.ts';
import { readPort } from './port.ts';
import { addRouterFlags } from './router-flags.ts';
import { printTcpComponent, type TcpComponentFlags } from './tcp-component.ts';
import { addTcpFlags } from './tcp-flags.ts';
import { complainOfBug, processTerminal } from './terminal.ts';
import type { UpFlags } from './up.ts';
import { addWebhookFlags, type WebhookFlags } from './webhook-flags.ts';

const terminal = processTerminal();

const finish = (code: ExitCode): void => {
  process.exitCode = code;
};

const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

const readWorkers = (text: string): number => {
  const count = Number(text);
  if (/^\d{1,3}$/.test(text) && count >= 1 && count <= 256) return count;
  throw new InvalidArgumentError('The number of workers is from 1 to 256.');
};

const filenameOption = (): Option =>
  new Option('-f, --filename <PATH...>', 'manifest files or folders').makeOptionMandatory();

const outputOption = (...choices: readonly string[]): Option =>
  new Option('-o, --output <FORMAT>', 'form of the output').choices([...choices]).default(choices[0]);

const entryOption = (): Option =>
  new Option('--entry <ENTRY>', 'entry of the class that the key belongs to').default('', 'none');

const program = new Command('sluice')
  .description(
    'Grey-release traffic for Kubernetes Ingress: requests that show a ticket go to edge pods, all others to stable pods.',
  )
  .exitOverride()
  .showHelpAfterError('(run with --help for what there is)')
  // Commands that are left out here get the same settings from their parent.
  .configureHelp({ showGlobalOptions: true });

const command = (name: string): Command =>
  program.command(name).exitOverride().showHelpAfterError('(run with --help for what there is)');

addRouterFlags(
  addAdmissionFlags(
    command('up')
      .description('run standalone: manifests from files, through admission, to a router on this machine')
      .addOption(filenameOption())
      .addOption(new Option('--port <PORT>', 'port for HTTP').argParser(readPort).default(29_080))
      .addOption(new Option('--address <ADDRESS>', 'address to listen on (default: all)'))
      .addOption(
        new Option('--workers <N>', 'processes that route')
          .argParser(readWorkers)
          .default(availableParallelism(), 'one per core'),
      ),
  ),
  // Somebody waits at the terminal, and no load balancer stands in front.
  { drainWait: 0, drain: 10_000 },
).action(async (flags: UpFlags) => {
  // Loaded where it is wanted, as below: a command starts in half the time without what it does not need.
  const { up } = await import('./up.ts');
  finish(await up(flags, terminal));
});

addRouterFlags(
  addClusterFlags(
    command('router')
      .description('route what the Ingresses of a cluster say (a role of its own)')
      .addOption(new Option('--port <PORT>', 'port for HTTP').argParser(readPort).default(29_080))
      .addOption(new Option('--address <ADDRESS>', 'address to listen on (default: all)'))
      .addOption(
        new Option('--workers <N>', 'processes that route')
          .argParser(readWorkers)
          .default(availableParallelism(), 'one per core'),
      )
      .addOption(new Option('--admin-address <ADDRESS>', 'address of the admin port').default('127.0.0.1'))
      .addOption(
        new Option('--metrics-from <any|loopback>', 'who sees more of the admin port than its health')
          .choices(['any', 'loopback'])
          .default('any'),
      )
      .addOption(
        new Option(
          '--reuse-port',
          'share the port with another router of this node: a new one serves beside one that drains (default: off)',
        ),
      )
      .addOption(
        new Option(
          '--state-dir <PATH>',
          'folder, best in memory, that keeps the last state: a restart while the API server is away serves it (default: none)',
        ),
      ),
  ),
  // What a load balancer takes to see that a node is not ready any more.
  { drainWait: 20_000, drain: 30_000, publicHttpsPort: 443 },
).action(async (flags: ClusterRouterFlags) => {
  const { clusterRouter } = await import('./cluster-router.ts');
  finish(await clusterRouter(flags, terminal));
});

addControllerFlags(
  command('controller').description(
    'keep what follows from the Ingresses of a cluster: edge Services, claims of hosts and ports, repairs, status, certificates',
  ),
).action(async (flags: ControllerFlags) => {
  const { controller } = await import('./controller.ts');
  finish(await controller(flags, terminal));
});

addWebhookFlags(
  command('webhook').description(
    'answer the reviews of API servers: host keys for what is written, denials for what is wrong (a role of its own)',
  ),
).action(async (flags: WebhookFlags) => {
  const { webhook } = await import('./webhook.ts');
  finish(await webhook(flags, terminal));
});

addAdmissionFlags(
  command('admit')
    .description('print what the webhook would store for the Ingresses in these files, or why it would not')
    .addOption(filenameOption())
    .addOption(outputOption('yaml', 'json', 'patch')),
).action(async (flags: AdmitFlags) => {
  const { admit } = await import('./admit.ts');
  finish(await admit(flags, terminal));
});

addTcpFlags(
  command('tcp-component').description(
    'print the component of kustomize that declares TCP ports in an installation (webhook-config)',
  ),
  { tcpPorts: 'none' },
)
  .addOption(
    new Option(
      '--host-network',
      'for routers on the addresses of their nodes, which may have a range (default: off)',
    ),
  )
  .action((flags: TcpComponentFlags) => finish(printTcpComponent(flags, terminal)));

command('encode')
  .description('print the host key of a host')
  .argument('<HOST>', 'host name or wildcard; "" for all hosts')
  .addOption(entryOption())
  .addOption(outputOption('text', 'json'))
  .action((host: string, flags: EncodeFlags) => finish(encode(host, flags, terminal)));

command('decode')
  .description('print the host that a host key stands for')
  .argument('<KEY>', 'host key')
  .addOption(entryOption())
  .addOption(outputOption('text', 'json'))
  .action((key: string, flags: DecodeFlags) => finish(decode(key, flags, terminal)));

addAdmissionFlags(
  command('explain')
    .description(
      'print where a request is led and why: host, path, every ticket tried, track, pool, endpoint',
    )
    .argument('<URL>', 'URL of the request, e.g. http://taobao.com/cart')
    // One at a time: `explain -f DIR URL` would otherwise take the URL for another file.
    .addOption(
      new Option('-f, --filename <PATH>', 'manifest file or folder (repeatable)')
        .makeOptionMandatory()
        .argParser(collect),
    )
    .addOption(new Option('-X, --request <METHOD>', 'method').default('GET'))
    .addOption(new Option('-H, --header <LINE>', 'header line "name: value" (repeatable)').argParser(collect))
    .addOption(new Option('-b, --cookie <COOKIE>', 'cookie "name=value" (repeatable)').argParser(collect))
    .addOption(new Option('--from <ADDRESS>', 'address of the client').default('127.0.0.1'))
    .addOption(outputOption('text', 'json')),
).action(async (url: string, flags: ExplainFlags) => {
  const { explain } = await import('./explain.ts');
  finish(await explain(url, flags, terminal));
});

const reportBug = (error: unknown): void => {
  complainOfBug(terminal, error);
  finish(EXIT.no);
};

// Thrown in a callback of a socket or timer: nobody knows what state is left, so the process ends.
process.on('uncaughtException', error => {
  reportBug(error);
  process.exit();
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Help and version are no errors; commander has printed the rest.
    finish(error.exitCode === 0 ? EXIT.fine : EXIT.usage);
  } else {
    reportBug(error);
  }
}
