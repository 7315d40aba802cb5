import { isAcmeSolver } from '../core/acme-solver.ts';
import { annotationField, EDGE_SERVICES, SERVER_ALIAS } from '../core/annotation-names.ts';
import { type Origin, readApplied } from '../core/applied.ts';
import type { Json } from '../core/canonical-json.ts';
import { canonicalHost } from '../core/host.ts';
import { entriesFor, type Scope } from '../core/ingress-scope.ts';
import { type Intents, readIntents } from '../core/intents.ts';
import type { Ingress } from '../core/objects/ingress.ts';
import { ok, type Problem, type Result } from '../core/problem.ts';
import {
  EMPTY_SERVICE_CONFIG,
  parseServiceConfig,
  printServiceConfig,
  type Section,
  type ServiceConfig,
} from '../core/service-config.ts';
import type { AdmissionOptions } from './admission-options.ts';
import { type DesiredSection, desiredSections, SECTION_INTENT } from './desired-sections.ts';
import { type KeyedRule, readRules, tooLongHosts } from './keyed-rules.ts';
import { sectionOrigin, type Version } from './section-origin.ts';

/** What an Ingress of ours is to look like once it is stored. */
export type DesiredState = {
  /** By rule: the host to store; empty: none. */
  readonly ruleHosts: readonly string[];
  /** Text of the service-config; null: leave the object as it is (a cert-manager solver). */
  readonly serviceConfig: string | null;
  readonly origins: Readonly<Partial<Record<Section, Origin>>>;
  /** Domains that external-dns has to be told of; null: the rules hold them. */
  readonly dnsDomains: readonly string[] | null;
  readonly warnings: readonly string[];
};

/** A desired state, or why there is none. */
export type Draft = {
  /** Null where problems keep it from being stored. */
  readonly state: DesiredState | null;
  /** What the Ingress amounts to, as far as it can be read: one mistake must not hide another. */
  readonly config: ServiceConfig;
  /** False: the serviceMap cannot be read, so nothing follows from what is missing in it. */
  readonly serviceMapKnown: boolean;
  readonly problems: readonly Problem[];
};

export type DesiredInput = {
  readonly ingress: Ingress;
  /** The stored object that is being updated; null for a new one. */
  readonly old: Ingress | null;
  readonly entry: string;
  readonly scope: Scope;
  readonly options: Pick<AdmissionOptions, 'annotation' | 'rewrite'>;
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

/**
 * The annotations without a plain `server-alias` that says nothing new: leaving the class writes there what the
 * lists of several hosts hold, and on the way back no name tells which host it belongs to.
 */
const withoutKnownAliases = (
  { metadata }: Ingress,
  rules: readonly KeyedRule[],
  config: ServiceConfig,
): Readonly<Record<string, string>> => {
  const { [SERVER_ALIAS]: text, ...others } = metadata.annotations;
  const hosts = new Set(rules.map(rule => rule.ownHost));
  if (text === undefined || hosts.size < 2) return metadata.annotations;
  const known = new Set([...config.hosts.values()].flat());
  const names = text.split(/[\s,]+/).filter(name => name !== '');
  return names.every(name => known.has(canonicalHost(name) ?? name)) ? others : metadata.annotations;
};

/** The service-config of these sections: the author's own words where they already say the same. */
const printed = (
  sections: ServiceConfig['sections'],
  current: ServiceConfig,
  text: string | undefined,
): string => {
  const wanted = printServiceConfig(sections);
  return text !== undefined && printServiceConfig(current.sections) === wanted ? text : wanted;
};

type Sections = {
  readonly values: ServiceConfig['sections'];
  readonly origins: DesiredState['origins'];
  readonly warnings: readonly string[];
};

const collected = (
  desired: Readonly<Record<Section, DesiredSection>>,
  originOf: (section: Section) => Origin | undefined,
  annotation: string,
): Sections => {
  const values: Partial<Record<Section, Json>> = {};
  const origins: Partial<Record<Section, Origin>> = {};
  const warnings: string[] = [];
  for (const [section, wanted] of Object.entries(desired) as [Section, DesiredSection][]) {
    if (wanted === undefined) continue;
    values[section] = wanted.value;
    origins[section] = wanted.origin;
    if (wanted.origin === 'intent' && originOf(section) === 'hand') {
      warnings.push(
        `${SECTION_INTENT[section]} replaces the "${section}" that were written by hand into ${annotation}; change the annotation ${SECTION_INTENT[section]} instead.`,
      );
    }
  }
  return { values, origins, warnings };
};

type ReadConfig = { readonly text: string; readonly config: ServiceConfig; readonly mapKnown: boolean };

/** The service-config that is to be stored, read as the router will; without its serviceMap where that is what is wrong. */
const finalConfig = (
  sections: Sections['values'],
  input: { readonly text: string; readonly field: string; readonly mapBroken: boolean },
  problems: Problem[],
): ReadConfig => {
  const { serviceMap: _, ...others } = sections;
  const withoutMap = (): ReadConfig => {
    const rest = parseServiceConfig(printServiceConfig(others), input.field);
    return { text: input.text, config: rest.ok ? rest.value : EMPTY_SERVICE_CONFIG, mapKnown: false };
  };
  if (input.mapBroken) return withoutMap();
  const final = parseServiceConfig(input.text, input.field);
  if (final.ok) return { text: input.text, config: final.value, mapKnown: true };
  problems.push(...final.problems);
  return withoutMap();
};

const isAbout = (annotation: string) => {
  const field = annotationField(annotation);
  return (problem: Problem): boolean => problem.field.startsWith(field);
};

/** A solver keeps its hosts, but is checked like any other. */
const solverDraft = (ingress: Ingress, config: ServiceConfig, problems: readonly Problem[]): Draft => ({
  state:
    problems.length > 0
      ? null
      : {
          ruleHosts: ingress.rules.map(rule => rule.host),
          serviceConfig: null,
          origins: {},
          dnsDomains: null,
          warnings: [],
        },
  config,
  serviceMapKnown: true,
  problems,
});

type Reading = {
  readonly rules: readonly KeyedRule[];
  readonly intents: Intents;
  readonly stored: Result<ServiceConfig>;
  readonly problems: Problem[];
};

const readInput = ({ ingress, old, entry, scope, options }: DesiredInput): Reading => {
  const problems: Problem[] = [];
  const rules = readRules(ingress, { entry, entries: [entry, ...entriesFor(scope, ingress, old)] }, problems);
  const stored = readConfig(ingress, options.annotation);
  const annotations = stored.ok
    ? withoutKnownAliases(ingress, rules, stored.value)
    : ingress.metadata.annotations;
  const intents = readIntents(annotations, [...new Set(rules.map(rule => rule.ownHost))]);
  problems.push(...intents.problems, ...(stored.ok ? [] : stored.problems));
  return { rules, intents, stored, problems };
};

/**
 * Computes what an Ingress of ours is to look like (DESIGN 4), from nothing but itself and the object that
 * it replaces; or every problem that keeps it from being computed: `HostInvalid`, `HostTooLong`, `KeyMismatch`,
 * `ServiceConfigInvalid`, `AnnotationInvalid` and those of the grammars inside.
 */
export const draftState = (input: DesiredInput): Draft => {
  const { ingress, old, options } = input;
  const { rules, intents, stored, problems } = readInput(input);
  const config = stored.ok ? stored.value : EMPTY_SERVICE_CONFIG;
  if (isAcmeSolver(ingress)) return solverDraft(ingress, config, problems);
  const rewrite = options.rewrite && intents.rewrite;
  if (rewrite) problems.push(...tooLongHosts(rules));

  const current = versionOf(ingress, options.annotation);
  const before = old === null ? null : versionOf(old, options.annotation);
  // Without the rewrite every host is stored raw, a key that came in too: it then counts as raw the first time already.
  const keyed = rewrite ? rules : rules.map(rule => ({ ...rule, raw: true }));
  const anew = desiredSections({ ingress, rules: keyed, intents, config, originOf: () => undefined });
  const originOf = (section: Section): Origin | undefined =>
    sectionOrigin(section, { current, old: before, anew: anew[section] });
  const desired = desiredSections({ ingress, rules: keyed, intents, config, originOf });
  const { values, origins, warnings } = collected(desired, originOf, options.annotation);
  const final = finalConfig(
    values,
    {
      text: printed(values, config, ingress.metadata.annotations[options.annotation]),
      field: annotationField(options.annotation),
      mapBroken:
        intents.problems.some(isAbout(EDGE_SERVICES)) || (intents.serviceMap === undefined && !stored.ok),
    },
    problems,
  );
  const domains = new Set(rules.flatMap(rule => final.config.hosts.get(rule.key) ?? []));
  const asWritten = (rule: KeyedRule): string =>
    rule.raw ? (ingress.rules[rule.index]?.host ?? '') : rule.ownHost;
  const state: DesiredState = {
    ruleHosts: rules.map(rule => (rewrite ? rule.key : asWritten(rule))),
    serviceConfig: final.text,
    origins,
    dnsDomains: rewrite ? [...domains].filter(domain => domain !== '') : null,
    warnings,
  };
  return {
    state: problems.length === 0 ? state : null,
    config: final.config,
    serviceMapKnown: final.mapKnown,
    problems,
  };
};
