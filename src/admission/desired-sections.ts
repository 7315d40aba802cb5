import { ALIASES, EDGE_SERVICES, ON_EMPTY_EDGE, TICKETS } from '../core/annotation-names.ts';
import type { Origin } from '../core/applied.ts';
import type { Json } from '../core/canonical-json.ts';
import { edgeServiceName } from '../core/edge-service.ts';
import type { Intents } from '../core/intents.ts';
import type { Ingress } from '../core/objects/ingress.ts';
import { backendServices } from '../core/served-hosts.ts';
import type { Section, ServiceConfig } from '../core/service-config.ts';
import type { KeyedRule } from './keyed-rules.ts';

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

/** What the sections of a service-config are made of. */
export type SectionInput = {
  readonly ingress: Ingress;
  readonly rules: readonly KeyedRule[];
  readonly intents: Intents;
  readonly config: ServiceConfig;
  readonly originOf: (section: Section) => Origin | undefined;
};

export type DesiredSection = { readonly value: Json; readonly origin: Origin } | undefined;

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

/** The annotation that a person writes for a section. */
export const SECTION_INTENT = {
  hosts: ALIASES,
  tickets: TICKETS,
  serviceMap: EDGE_SERVICES,
  onEmptyEdge: ON_EMPTY_EDGE,
} as const;

/** Each section as DESIGN 4 wants it: an intent, else a hand's words, else computed anew. */
export const desiredSections = (input: SectionInput): Readonly<Record<Section, DesiredSection>> => {
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
