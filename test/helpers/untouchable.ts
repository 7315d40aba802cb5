import { isRecord } from '../../src/core/canonical-json.ts';
import { annotationsOf, type Manifest } from './admission.ts';

/** Annotations that admission may write. */
export const OURS: ReadonlySet<string> = new Set([
  'nginx.ingress.kubernetes.io/service-config',
  'nginx.ingress.kubernetes.io/server-alias',
  'sluice.dev/applied',
  'external-dns.kubernetes.io/hostname',
  'external-dns.kubernetes.io/ingress-hostname-source',
  'external-dns.alpha.kubernetes.io/hostname',
  'external-dns.alpha.kubernetes.io/ingress-hostname-source',
]);

/** The members whose name does not satisfy the test. */
export const without = (fields: unknown, names: (name: string) => boolean): Manifest =>
  Object.fromEntries(Object.entries(isRecord(fields) ? fields : {}).filter(([name]) => !names(name)));

/** What no mutation may touch, in its order: everything but our annotations and the hosts of rules. */
export const untouchable = (object: unknown): string => {
  const { metadata, spec, ...others } = isRecord(object) ? object : {};
  const { rules } = isRecord(spec) ? spec : {};
  return JSON.stringify([
    Object.keys(isRecord(object) ? object : {}),
    others,
    without(metadata, name => name === 'annotations'),
    without(annotationsOf(object), name => OURS.has(name)),
    Object.keys(isRecord(spec) ? spec : {}),
    without(spec, name => name === 'rules'),
    Array.isArray(rules) ? rules.map(rule => without(rule, name => name === 'host')) : rules,
  ]);
};
