import { isAcmeSolver } from '../core/acme-solver.ts';
import { ALIASES, annotationField, EDGE_SERVICES, ON_EMPTY_EDGE, TICKETS } from '../core/annotation-names.ts';
import { type Origin, readApplied } from '../core/applied.ts';
import type { Json } from '../core/canonical-json.ts';
import { edgeServiceName } from '../core/edge-service.ts';
import { hostKey, MAX_KEYED_HOST_BYTES, readRuleHost } from '../core/host-key.ts';
import { entriesFor, type Scope } from '../core/ingress-scope.ts';
import { type Intents, readIntents } from '../core/intents.ts';
import type { Ingress } from '../core/objects/ingress.ts';
import { failed, ok, type Problem, type Result } from '../core/problem.ts';
import { backendServices } from '../core/served-hosts.ts';
import {
  EMPTY_SERVICE_CONFIG,
  MAX_SERVICE_CONFIG_BYTES,
  parseServiceConfig,
  printServiceConfig,
  type Section,
  type ServiceConfig,
} from '../core/service-config.ts';
import type { AdmissionOptions } from './admission-options.ts';
import { sectionOrigin, type Version } from './section-origin.ts';

/** What an Ingress of ours is to look like once it is stored. */
export type DesiredState = {
  /** By rule: the host to store; empty: none. */
  readonly ruleHosts: readonly string[];
  /** Text of the service-config; null: leave the object as it is (a cert-manager solver). */
  readonly serviceConfig: string | null;
  readonly config: ServiceConfig;
  readonly origins: Readonly<Partial<Record<Section, Origin>>>;
  /** Domains that external-dns has to be told of; null: the rules hold them. */
  readonly dnsDomains: readonly string[] | null;
  readonly intents: Intents;
  readonly warnings: readonly string[];
};

export type DesiredInput = {
  readonly ingress: Ingress;
  /** The stored object that is being updated; null for a new one. */
  readonly old: Ingress | null;
  readonly entry: string;
  readonly scope: Scope;
  readonly options: Pick<AdmissionOptions, 'annotation' | 'rewrite'>;
};

type KeyedRule = {
  readonly index: number;
  /** What the rule's host field holds now, in lower case. */
  readonly written: string;
  readonly ownHost: string;
  readonly key: string;
  readonly raw: boolean;
};

const HOST_ADVICE =
  'write a host name such as "taobao.com" or a wildcard such as "*.taobao.com" (no port, no address, no path).';

const readRules = (
  { ingress, old, entry, scope }: DesiredInput,
  problems: Problem[],
): readonly KeyedRule[] => {
  const entries = entriesFor(scope, ingress, old);
  return ingress.rules.flatMap((rule, index) => {
    const field = `spec.rules[${index}].host`;
    const read = readRuleHost(rule.host, [entry, ...entries]);
    switch (read.kind) {
      case 'invalid':
        problems.push({
          code: 'HostInvalid',
          field,
          value: rule.host,
          message: `is no host name; ${HOST_ADVICE}`,
        });
        return [];
      case 'foreign':
        problems.push({
          code: 'KeyMismatch',
          field,
          value: rule.host,
          message: `is the key of ${read.host === '' ? 'all hosts' : JSON.stringify(read.host)} under another entry, which this router does not serve; write the host itself.`,
        });
        return [];
      case 'broken':
        problems.push({
          code: 'KeyMismatch',
          field,
          value: rule.host,
          message:
            'ends like a host key but decodes to no host name; write the host itself, admission turns it into its key.',
        });
        return [];
      default:
        return [
          {
            index,
            written: rule.host.toLowerCase(),
            ownHost: read.host,
            key: hostKey(read.host, entry),
            raw: read.kind === 'plain',
          },
        ];
    }
  });
};

const tooLongHosts = (rules: readonly KeyedRule[]): readonly Problem[] =>
  rules
    .filter(rule => rule.ownHost.length > MAX_KEYED_HOST_BYTES)
    .map(({ index, ownHost }) => ({
      code: 'HostTooLong',
      field: `spec.rules[${index}].host`,
      value: ownHost,
      message:
        `has ${ownHost.length} bytes; its key would have 2 × ${ownHost.length} + 32 = ${2 * ownHost.length + 32} characters, ` +
        `and the API server stores 253, so a host may have ${MAX_KEYED_HOST_BYTES} bytes. ` +
        'Use a shorter host, or keep the host as it is with the annotation sluice.dev/rewrite: "off".',
    }));

/** The lists that stand for one rule in a hand-written section, under whatever name its author used. */
const handList = (rule: KeyedRule, config: ServiceConfig): readonly string[] | undefined => {
  const lists = [...new Set([rule.written, rule.key, rule.ownHost])].flatMap(
    name => config.hosts.get(name) ?? [],
  );
  const found = [rule.written, rule.key, rule.ownHost].some(name => config.hosts.has(name));
  return found ? [...new Set(lists)] : undefined;
};

const domainsOf = (
  rule: KeyedRule,
  origin: Origin | undefined,
  { intents, config }: SectionInput,
): readonly string[] => {
  if (intents.aliases !== undefined)
    return [...new Set([rule.ownHost, ...(intents.aliases.get(rule.ownHost) ?? [])])];
  const list = origin === 'hand' ? handList(rule, config) : undefined;
  if (list === undefined) return [rule.ownHost];
  return rule.raw ? [...new Set([...list, rule.ownHost])] : list;
};

type SectionInput = {
  readonly ingress: Ingress;
  readonly rules: readonly KeyedRule[];
  readonly intents: Intents;
  readonly config: ServiceConfig;
  readonly originOf: (section: Section) => Origin | undefined;
};

type DesiredSection = { readonly value: Json; readonly origin: Origin } | undefined;

const desiredHosts = (input: SectionInput): DesiredSection => {
  const before = input.originOf('hosts');
  const hosts: Record<string, readonly string[]> = Object.create(null);
  for (const rule of input.rules) {
    hosts[rule.key] = [...new Set([...(hosts[rule.key] ?? []), ...domainsOf(rule, before, input)])];
  }
  if (input.intents.aliases !== undefined) return { value: hosts, origin: 'intent' };
  return { value: hosts, origin: before === 'hand' ? 'hand' : 'generated' };
};

/** Every backend Service gets its edge, but for one whose edge name is itself a backend: that would be an edge of its own. */
const generatedServiceMap = (ingress: Ingress): Json => {
  const services = backendServices(ingress);
  const map: Record<string, string> = Object.create(null);
  for (const service of services) {
    const edge = edgeServiceName(service);
    if (!services.includes(edge)) map[service] = edge;
  }
  return map;
};

const SECTION_INTENT = {
  hosts: ALIASES,
  tickets: TICKETS,
  serviceMap: EDGE_SERVICES,
  onEmptyEdge: ON_EMPTY_EDGE,
} as const;

const desiredSections = (input: SectionInput): Readonly<Record<Section, DesiredSection>> => {
  const { intents, config, originOf } = input;
  const chosen = (section: Exclude<Section, 'hosts'>, generated: () => DesiredSection): DesiredSection => {
    const intent = intents[section];
    if (intent !== undefined) return { value: intent, origin: 'intent' };
    const written = config.sections[section];
    if (originOf(section) === 'hand' && written !== undefined) return { value: written, origin: 'hand' };
    return generated();
  };
  return {
    hosts: desiredHosts(input),
    tickets: chosen('tickets', () => undefined),
    serviceMap: chosen('serviceMap', () => ({
      value: generatedServiceMap(input.ingress),
      origin: 'generated',
    })),
    onEmptyEdge: chosen('onEmptyEdge', () => undefined),
  };
};

const readConfig = (ingress: Ingress, annotation: string): Result<ServiceConfig> => {
  const text = ingress.metadata.annotations[annotation];
  return text === undefined
    ? ok(EMPTY_SERVICE_CONFIG)
    : parseServiceConfig(text, annotationField(annotation));
};

const versionOf = (ingress: Ingress, annotation: string): Version => {
  const config = readConfig(ingress, annotation);
  return {
    config: config.ok ? config.value : EMPTY_SERVICE_CONFIG,
    applied: readApplied(ingress.metadata.annotations),
  };
};

const solverState = (ingress: Ingress, config: ServiceConfig, intents: Intents): DesiredState => ({
  ruleHosts: ingress.rules.map(rule => rule.host),
  serviceConfig: null,
  config,
  origins: {},
  dnsDomains: null,
  intents,
  warnings: [],
});

/** The service-config of these sections: the author's own words where they already say the same. */
const printed = (
  sections: ServiceConfig['sections'],
  current: ServiceConfig,
  text: string | undefined,
): string => {
  const wanted = printServiceConfig(sections);
  return text !== undefined && printServiceConfig(current.sections) === wanted ? text : wanted;
};

/**
 * Computes what an Ingress of ours is to look like (DESIGN 4), from nothing but itself and the object that
 * it replaces.
 * @returns the state, or every problem that keeps it from being computed: `HostInvalid`, `HostTooLong`,
 *   `KeyMismatch`, `ServiceConfigInvalid`, `AnnotationInvalid` and those of the grammars inside
 */
export const desiredState = (input: DesiredInput): Result<DesiredState> => {
  const { ingress, old, options } = input;
  const problems: Problem[] = [];
  const rules = readRules(input, problems);
  const intents = readIntents(ingress.metadata.annotations, [...new Set(rules.map(rule => rule.ownHost))]);
  problems.push(...intents.problems);
  const config = readConfig(ingress, options.annotation);
  if (!config.ok) problems.push(...config.problems);
  const solver = isAcmeSolver(ingress);
  const rewrite = options.rewrite && intents.rewrite;
  if (rewrite && !solver) problems.push(...tooLongHosts(rules));
  if (problems.length > 0 || !config.ok) return failed(...problems);
  if (solver) return ok(solverState(ingress, config.value, intents));

  const current = versionOf(ingress, options.annotation);
  const before = old === null ? null : versionOf(old, options.annotation);
  const originOf = (section: Section): Origin | undefined => sectionOrigin(section, current, before);
  const desired = desiredSections({ ingress, rules, intents, config: config.value, originOf });
  const sections: Partial<Record<Section, Json>> = {};
  const origins: Partial<Record<Section, Origin>> = {};
  const warnings: string[] = [];
  for (const [section, wanted] of Object.entries(desired) as [Section, DesiredSection][]) {
    if (wanted === undefined) continue;
    sections[section] = wanted.value;
    origins[section] = wanted.origin;
    if (wanted.origin === 'intent' && originOf(section) === 'hand') {
      warnings.push(
        `${SECTION_INTENT[section]} replaces the "${section}" that were written by hand into ${options.annotation}; change the annotation ${SECTION_INTENT[section]} instead.`,
      );
    }
  }
  const field = annotationField(options.annotation);
  const serviceConfig = printed(sections, config.value, ingress.metadata.annotations[options.annotation]);
  const final = parseServiceConfig(serviceConfig, field);
  if (!final.ok) return failed(...final.problems);
  if (Buffer.byteLength(serviceConfig) > MAX_SERVICE_CONFIG_BYTES)
    throw new Error('parseServiceConfig let a service-config over its limit pass');
  const domains = new Set(rules.flatMap(rule => final.value.hosts.get(rule.key) ?? []));
  return ok({
    ruleHosts: rules.map(rule => (rewrite ? rule.key : rule.ownHost)),
    serviceConfig,
    config: final.value,
    origins,
    dnsDomains: rewrite ? [...domains].filter(domain => domain !== '') : null,
    intents,
    warnings,
  });
};
