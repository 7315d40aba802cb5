import { hostKey, type RuleHost, readRuleHost } from './host-key.ts';
import type { Ingress } from './objects/ingress.ts';
import type { ServiceConfig } from './service-config.ts';

/** The domains that one rule of an Ingress serves. */
export type ServedRule = {
  /** Index in `spec.rules`; -1 for an Ingress that has a default backend and no rule at all. */
  readonly index: number;
  /** The rule's own host, decoded; empty: all hosts. */
  readonly ownHost: string;
  readonly key: string;
  readonly domains: readonly string[];
  /** The service-config lists the rule, so its tickets hold; otherwise: own host, stable only (DESIGN 7). */
  readonly listed: boolean;
};

export type UnservedRule = {
  readonly index: number;
  readonly host: string;
  readonly why: Exclude<RuleHost['kind'], 'plain' | 'key'>;
};

/** How keys of this Ingress are read: its own entry, and those whose keys may still stand in it. */
export type KeyContext = { readonly entry: string; readonly entries: readonly string[] };

/**
 * What each rule serves. A raw host is treated as its key, so an Ingress that was admitted while the webhook
 * was away works; keys that are not ours serve nothing (DESIGN 2 and 7).
 */
export const servedHosts = (
  ingress: Ingress,
  config: ServiceConfig | null,
  { entry, entries }: KeyContext,
): { readonly rules: readonly ServedRule[]; readonly unserved: readonly UnservedRule[] } => {
  const rules: ServedRule[] = [];
  const unserved: UnservedRule[] = [];
  ingress.rules.forEach((rule, index) => {
    const read = readRuleHost(rule.host, entries);
    if (read.kind !== 'plain' && read.kind !== 'key') {
      unserved.push({ index, host: rule.host, why: read.kind });
      return;
    }
    const key = hostKey(read.host, entry);
    const list =
      config?.hosts.get(rule.host.toLowerCase()) ?? config?.hosts.get(key) ?? config?.hosts.get(read.host);
    rules.push({ index, ownHost: read.host, key, domains: list ?? [read.host], listed: list !== undefined });
  });
  if (ingress.rules.length === 0 && ingress.defaultBackend !== null) {
    rules.push({ index: -1, ownHost: '', key: hostKey('', entry), domains: [''], listed: config !== null });
  }
  return { rules, unserved };
};

/** Every backend Service that an Ingress names, in the order of the object, each once. */
export const backendServices = (ingress: Ingress): readonly string[] => {
  const backends = [
    ...ingress.rules.flatMap(rule => rule.paths.map(path => path.backend)),
    ...(ingress.defaultBackend === null ? [] : [ingress.defaultBackend]),
  ];
  return [...new Set(backends.flatMap(backend => (backend.kind === 'service' ? [backend.name] : [])))];
};
