import { APPLIED, SERVER_ALIAS } from '../core/annotation-names.ts';
import { printApplied, readApplied } from '../core/applied.ts';
import { isRecord, type Json } from '../core/canonical-json.ts';
import { hostKey, readRuleHost } from '../core/host-key.ts';
import { entriesFor, type Scope, scopeOf } from '../core/ingress-scope.ts';
import type { Ingress } from '../core/objects/ingress.ts';
import type { IngressClass } from '../core/objects/ingress-class.ts';
import { parseIngress } from '../core/objects/parse-ingress.ts';
import {
  EMPTY_SERVICE_CONFIG,
  parseServiceConfig,
  printServiceConfig,
  SECTIONS,
  type ServiceConfig,
} from '../core/service-config.ts';
import type { AdmissionOptions } from './admission-options.ts';
import { sizeWarnings } from './annotation-size.ts';
import { draftState } from './desired-state.ts';
import { dnsAnnotations } from './dns-annotations.ts';
import { type JsonPatch, type PatchOperation, pointer } from './json-patch.ts';
import { sectionOrigin } from './section-origin.ts';
import { standingOf } from './standing.ts';

/** The objects of one admission review (admission/v1 AdmissionRequest `object` and `oldObject`). */
export type ReviewedObjects = {
  readonly object: unknown;
  /** Null on CREATE. */
  readonly oldObject: unknown;
  /**
   * The request's, for objects that name none: the API server may fill it in after admission.
   * @default default
   */
  readonly namespace?: string;
};

export type AdmissionContext = {
  readonly options: AdmissionOptions;
  readonly ingressClasses: readonly IngressClass[] | null;
};

export type Mutation = {
  /** Empty where nothing has to change, or where validation will deny: the author then reads about their own text. */
  readonly patch: JsonPatch;
  readonly warnings: readonly string[];
};

const NO_CHANGE: Mutation = { patch: [], warnings: [] };

/** Annotation -> new value; null: removed. */
type AnnotationChanges = ReadonlyMap<string, string | null>;

/** Host by rule index; null: the field goes. */
type HostChanges = ReadonlyMap<number, string | null>;

const annotationPatch = (object: unknown, changes: AnnotationChanges): readonly PatchOperation[] => {
  const metadata = isRecord(object) && isRecord(object.metadata) ? object.metadata : {};
  const present = metadata.annotations;
  if (!isRecord(present)) {
    const added: Record<string, Json> = {};
    for (const [name, value] of changes) if (value !== null) added[name] = value;
    return Object.keys(added).length === 0
      ? []
      : [{ op: 'add', path: pointer('metadata', 'annotations'), value: added }];
  }
  return [...changes].flatMap(([name, value]): readonly PatchOperation[] => {
    const path = pointer('metadata', 'annotations', name);
    if (value === null) return Object.hasOwn(present, name) ? [{ op: 'remove', path }] : [];
    return present[name] === value ? [] : [{ op: 'add', path, value }];
  });
};

const hostPatch = (ingress: Ingress, changes: HostChanges): readonly PatchOperation[] =>
  [...changes].flatMap(([index, host]): readonly PatchOperation[] => {
    const present = ingress.rules[index]?.host ?? '';
    if ((host ?? '') === present) return [];
    const path = pointer('spec', 'rules', index, 'host');
    return host === null || host === '' ? [{ op: 'remove', path }] : [{ op: 'add', path, value: host }];
  });

const configOf = (ingress: Ingress, annotation: string): ServiceConfig => {
  const text = ingress.metadata.annotations[annotation];
  const parsed = text === undefined ? undefined : parseServiceConfig(text, annotation);
  return parsed?.ok ? parsed.value : EMPTY_SERVICE_CONFIG;
};

const publishedDomains = (ingress: Ingress, annotation: string): readonly string[] =>
  [...configOf(ingress, annotation).hosts.values()].flat();

type Versions = { readonly object: unknown; readonly ingress: Ingress; readonly old: Ingress | null };

const dnsChanges = ({ ingress, old }: Versions, annotation: string, domains: readonly string[] | null) => {
  const before = old ?? ingress;
  return dnsAnnotations({
    annotations: ingress.metadata.annotations,
    before: before.metadata.annotations,
    recorded: readApplied(before.metadata.annotations)?.dns ?? [],
    recordedNow: readApplied(ingress.metadata.annotations)?.dns ?? [],
    oldDomains: publishedDomains(before, annotation),
    domains,
  });
};

const keyed = (
  versions: Versions,
  entry: string,
  { options, scope }: { options: AdmissionOptions; scope: Scope },
): Mutation => {
  const { object, ingress, old } = versions;
  const { state } = draftState({ ingress, old, entry, scope, options });
  if (state === null || state.serviceConfig === null) return NO_CHANGE;
  const { ruleHosts, serviceConfig, origins, dnsDomains, warnings } = state;
  const dns = dnsChanges(versions, options.annotation, dnsDomains);
  const annotations = new Map<string, string | null>([
    [options.annotation, serviceConfig],
    [APPLIED, printApplied({ by: options.controllerName, entry, sections: origins, dns: dns.written })],
    ...dns.changes,
  ]);
  const hosts = new Map(ruleHosts.map((host, index) => [index, host]));
  return {
    patch: [...annotationPatch(object, annotations), ...hostPatch(ingress, hosts)],
    warnings: [...warnings, ...sizeWarnings(ingress.metadata.annotations, annotations)],
  };
};

/** The list that stands for a rule, under its key or its host: `kubectl apply` brings the host of the file back beside our lists. */
const listOf = (
  config: ServiceConfig,
  { written, host }: { readonly written: string; readonly host: string },
  entries: readonly string[],
): readonly string[] => {
  const names = [written.toLowerCase(), ...entries.map(entry => hostKey(host, entry)), host];
  const name = names.find(candidate => config.hosts.has(candidate));
  return name === undefined ? [] : (config.hosts.get(name) ?? []);
};

/** The hosts and aliases of an Ingress that is leaving, as another controller will read them. */
const plainHosts = (ingress: Ingress, config: ServiceConfig, entries: readonly string[]) => {
  const hosts = new Map<number, string | null>();
  const aliases: string[] = [];
  ingress.rules.forEach((rule, index) => {
    const read = readRuleHost(rule.host, entries);
    if (read.kind !== 'plain' && read.kind !== 'key') return;
    if (read.kind === 'key') hosts.set(index, read.host === '' ? null : read.host);
    const domains = listOf(config, { written: rule.host, host: read.host }, entries);
    aliases.push(...domains.filter(domain => domain !== '' && domain !== read.host));
  });
  return { hosts, aliases };
};

/**
 * Gives an Ingress back (DESIGN 5, "Leaving"): keys become hosts, aliases go where ingress-nginx reads them,
 * what we generated goes, what somebody wrote by hand stays.
 */
const restored = (
  versions: Versions,
  { options, scope }: { options: AdmissionOptions; scope: Scope },
): Mutation => {
  const { object, ingress, old } = versions;
  const { annotation } = options;
  const config = configOf(ingress, annotation);
  const current = { config, applied: readApplied(ingress.metadata.annotations) };
  const before =
    old === null
      ? null
      : { config: configOf(old, annotation), applied: readApplied(old.metadata.annotations) };
  const hand = SECTIONS.filter(
    section => sectionOrigin(section, { current, old: before, anew: undefined }) === 'hand',
  );
  const kept = Object.fromEntries(hand.map(section => [section, config.sections[section]]));
  const { hosts, aliases } = plainHosts(ingress, config, entriesFor(scope, ingress, old));
  const annotations = new Map<string, string | null>([
    [APPLIED, null],
    ...dnsChanges(versions, annotation, null).changes,
  ]);
  // A service-config that cannot be read is nothing that we wrote.
  if (Object.keys(config.sections).length > 0)
    annotations.set(annotation, hand.length === 0 ? null : keptText(kept, ingress, annotation));
  const present = (ingress.metadata.annotations[SERVER_ALIAS] ?? '')
    .split(/[\s,]+/)
    .filter(name => name !== '');
  const joined = [...new Set([...present, ...aliases])];
  if (joined.length > present.length) annotations.set(SERVER_ALIAS, joined.join(','));
  return { patch: [...annotationPatch(object, annotations), ...hostPatch(ingress, hosts)], warnings: [] };
};

const keptText = (kept: ServiceConfig['sections'], ingress: Ingress, annotation: string): string => {
  const text = ingress.metadata.annotations[annotation];
  const wanted = printServiceConfig(kept);
  return text !== undefined && printServiceConfig(configOf(ingress, annotation).sections) === wanted
    ? text
    : wanted;
};

const orphanWarning = (className: string): string =>
  `no IngressClass "${className}" is there any more, so Sluice does not route to this Ingress; its hosts stay keys. Make the class again, or give the Ingress another one: then it gets its hosts back.`;

/**
 * The mutating half of admission: a pure function of the review, idempotent, patching only what it must
 * (DESIGN 5). An object that it cannot make sense of passes as it is; `validate` says why.
 */
export const mutate = (
  { object, oldObject, namespace }: ReviewedObjects,
  { options, ingressClasses }: AdmissionContext,
): Mutation => {
  const parsed = parseIngress(object, 0, namespace);
  if (!parsed.ok) return NO_CHANGE;
  const parsedOld = oldObject === null ? null : parseIngress(oldObject, 0, namespace);
  const versions: Versions = { object, ingress: parsed.value, old: parsedOld?.ok ? parsedOld.value : null };
  const scope = scopeOf(options, ingressClasses);
  const standing = standingOf(versions.ingress, versions.old, {
    scope,
    controllerName: options.controllerName,
  });
  switch (standing.kind) {
    case 'ours':
      return keyed(versions, standing.entry, { options, scope });
    case 'leaving':
      return restored(versions, { options, scope });
    case 'orphaned':
      return { patch: [], warnings: [orphanWarning(standing.className)] };
    default:
      return NO_CHANGE;
  }
};
