import { type Command, InvalidArgumentError, Option } from 'commander';
import { type AdmissionOptions, STANDALONE_OPTIONS } from '../admission/admission-options.ts';
import { EVERY_TCP_PORT } from '../core/tcp-ports.ts';
import { readNamespaces } from './namespace-flag.ts';
import { addTcpFlags, type TcpFlags, tcpPortOptions } from './tcp-flags.ts';

/** The flags about admission that every standalone command takes. */
export type AdmissionFlags = TcpFlags & {
  readonly ingressClass?: readonly { readonly name: string; readonly entry: string }[];
  readonly annotation: string;
  readonly rewrite: 'on' | 'off';
  readonly hostOwnership: 'claims' | 'off';
  readonly catchAllNamespace?: readonly string[];
};

type ClassFlag = { readonly name: string; readonly entry: string };

const readClass = (text: string, before: readonly ClassFlag[] = []): readonly ClassFlag[] => {
  const [name = '', ...entry] = text.split('=');
  if (name === '') throw new InvalidArgumentError('Write NAME or NAME=ENTRY.');
  return [...before, { name, entry: entry.join('=') }];
};

const readAnnotation = (text: string): string => {
  if (/^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?$/.test(text))
    return text;
  throw new InvalidArgumentError('Write the name of an annotation, e.g. sluice.dev/service-config.');
};

/** What a command does where nothing is said; standalone takes everything, a cluster nothing but its own. */
export type AdmissionDefaults = {
  readonly ingressClass: string;
  readonly catchAllNamespace: string;
  readonly tcpPorts: string;
};

const STANDALONE_DEFAULTS: AdmissionDefaults = {
  ingressClass: 'every class',
  catchAllNamespace: 'any',
  tcpPorts: 'every port',
};

export const CLUSTER_DEFAULTS: AdmissionDefaults = {
  ingressClass: 'sluice',
  catchAllNamespace: 'none',
  tcpPorts: 'none',
};

export const addAdmissionFlags = (
  command: Command,
  defaults: AdmissionDefaults = STANDALONE_DEFAULTS,
): Command =>
  addTcpFlags(
    command
      .addOption(
        new Option(
          '--ingress-class <NAME[=ENTRY]>',
          `serve Ingresses of this class, keyed under this entry (repeatable; default: ${defaults.ingressClass})`,
        ).argParser(readClass),
      )
      .addOption(
        new Option('--annotation <NAME>', 'annotation that carries the service-config')
          .default(STANDALONE_OPTIONS.annotation)
          .argParser(readAnnotation),
      )
      .addOption(
        new Option('--rewrite <on|off>', 'replace hosts by host keys').choices(['on', 'off']).default('on'),
      )
      .addOption(
        new Option('--host-ownership <claims|off>', 'a host belongs to the namespace that had it first')
          .choices(['claims', 'off'])
          .default('claims'),
      )
      .addOption(
        new Option(
          '--catch-all-namespace <NAMESPACE>',
          `namespace that may serve all hosts (repeatable; default: ${defaults.catchAllNamespace})`,
        ).argParser(readNamespaces),
      ),
    defaults,
  );

export const admissionOptions = (flags: AdmissionFlags): AdmissionOptions => ({
  ...STANDALONE_OPTIONS,
  classes: flags.ingressClass ?? [],
  everyClass: flags.ingressClass === undefined,
  annotation: flags.annotation,
  rewrite: flags.rewrite === 'on',
  hostOwnership: flags.hostOwnership,
  catchAllNamespaces: flags.catchAllNamespace ?? 'any',
  ...tcpPortOptions(flags, EVERY_TCP_PORT),
});
