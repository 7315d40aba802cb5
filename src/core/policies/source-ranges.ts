import type { AccessPolicy } from '../route-settings.ts';
import { canonicalCidr } from '../ticket/ip-cidr.ts';
import type { AnnotationReader } from './annotation-reader.ts';

/** The older name comes last: ingress-nginx, too, prefers the newer one. */
const ALLOWED = ['allowlist-source-range', 'whitelist-source-range'] as const;
const DENIED = 'denylist-source-range';

export const SOURCE_RANGE_ANNOTATIONS = [...ALLOWED, DENIED] as const;

/** A list of CIDRs, canonical, sorted, each once; a problem where one element is none. */
export const readCidrs = (
  name: string,
  text: string,
  refuse: (name: string, message: string) => void,
): readonly string[] => {
  const cidrs = text.split(',').map(part => canonicalCidr(part.trim()));
  const good = cidrs.filter(cidr => cidr !== undefined);
  if (good.length < cidrs.length)
    refuse(name, 'must be a list of addresses and CIDRs, such as "10.0.0.0/8,192.168.1.7".');
  return [...new Set(good)].sort();
};

/** Who may ask by address; undefined where nobody said. */
export const readSourceRanges = (reader: AnnotationReader): AccessPolicy | undefined => {
  const close = (name: string, message: string): void => reader.close(name, message);
  const allowedBy = ALLOWED.find(name => reader.text(name) !== undefined);
  // A list that nobody reads may be the stricter one.
  if (
    ALLOWED.every(name => reader.text(name) !== undefined) &&
    new Set(ALLOWED.map(name => reader.text(name))).size > 1
  )
    reader.close(ALLOWED[1], `differs from ${ALLOWED[0]}, which means the same; keep one of the two.`);
  const denied = reader.text(DENIED);
  if (allowedBy === undefined && denied === undefined) return undefined;
  return {
    denied: denied === undefined ? [] : readCidrs(DENIED, denied, close),
    allowed: allowedBy === undefined ? null : readCidrs(allowedBy, reader.text(allowedBy) ?? '', close),
  };
};
