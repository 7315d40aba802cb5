import type { PolicyOf } from '../../src/core/route-settings.ts';
import { compileCidrs } from '../../src/core/ticket/ip-cidr.ts';
import type { OwnAnswer } from '../own-answer.ts';
import type { RouteCheck } from './route-checks.ts';

const FORBIDDEN: OwnAnswer = {
  status: 403,
  code: 'SourceNotAllowed',
  reason: 'This address may not ask here.',
};

/** `denylist-source-range`, then `allowlist-source-range`: an address that cannot be read is in no list, and so not allowed. */
export const accessCheck = ({ denied, allowed }: PolicyOf<'access'>): RouteCheck => {
  const isDenied = compileCidrs(denied);
  const isAllowed = allowed === null ? null : compileCidrs(allowed);
  return {
    before: ({ sourceAddress }) =>
      isDenied(sourceAddress) || (isAllowed !== null && !isAllowed(sourceAddress)) ? FORBIDDEN : null,
  };
};
