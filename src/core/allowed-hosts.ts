import { ALLOWED_HOSTS } from './annotation-names.ts';
import { canonicalHost, hostCovers } from './host.ts';
import type { Namespace } from './objects/namespace.ts';
import { parseYamlValue } from './yaml-value.ts';

const namesIn = (annotation: string): readonly unknown[] => {
  if (!/[[\]{}:]/.test(annotation)) return annotation.split(/[\s,]+/);
  const parsed = parseYamlValue(annotation);
  return parsed.ok && Array.isArray(parsed.value) ? parsed.value : [];
};

/** The hosts that a Namespace lets its Ingresses use (`sluice.dev/allowed-hosts`); null: all. An entry that is no host allows nothing. */
export const allowedHosts = (namespace: Namespace | undefined): readonly string[] | null => {
  const annotation = namespace?.metadata.annotations[ALLOWED_HOSTS];
  if (annotation === undefined) return null;
  return namesIn(annotation).flatMap(name => (typeof name === 'string' ? (canonicalHost(name) ?? []) : []));
};

/** `*.taobao.com` allows every name below it and itself; a rule may be no wider than its allowance. */
export const isAllowedHost = (domain: string, allowed: readonly string[] | null): boolean =>
  allowed === null ||
  allowed.some(
    pattern =>
      pattern === domain ||
      hostCovers(pattern, domain) ||
      (pattern.startsWith('*.') && domain.endsWith(pattern.slice(1))),
  );
