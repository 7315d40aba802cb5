import type { PolicyOf, RateLimit } from '../route-settings.ts';
import type { AnnotationReader } from './annotation-reader.ts';
import { readCidrs } from './source-ranges.ts';

const EXEMPT = ['limit-allowlist', 'limit-whitelist'] as const;

export const LIMIT_ANNOTATIONS = [
  'limit-rps',
  'limit-rpm',
  'limit-burst-multiplier',
  'limit-connections',
  ...EXEMPT,
] as const;

const MAX_LIMIT = 1_000_000;
const MAX_MULTIPLIER = 1000;
/** ingress-nginx' own. */
const BURST_MULTIPLIER = 5;

/** Undefined where nothing is limited; `0` switches a limit off, as in ingress-nginx. */
export const readLimits = (reader: AnnotationReader): PolicyOf<'limits'> | undefined => {
  const multiplier = reader.wholeNumber('limit-burst-multiplier', 1, MAX_MULTIPLIER) ?? BURST_MULTIPLIER;
  const rate = (name: string, perMs: RateLimit['perMs']): readonly RateLimit[] => {
    const requests = reader.wholeNumber(name, 0, MAX_LIMIT) ?? 0;
    return requests === 0 ? [] : [{ requests, perMs, burst: requests * multiplier }];
  };
  const rates = [...rate('limit-rps', 1000), ...rate('limit-rpm', 60_000)];
  const connections = reader.wholeNumber('limit-connections', 0, MAX_LIMIT) ?? 0;
  const exemptBy = EXEMPT.find(name => reader.text(name) !== undefined);
  const exempt =
    exemptBy === undefined
      ? []
      : readCidrs(exemptBy, reader.text(exemptBy) ?? '', (name, message) => reader.refuse(name, message));
  if (rates.length === 0 && connections === 0) return undefined;
  return { kind: 'limits', rates, connections: connections === 0 ? null : connections, exempt };
};
