import type { PolicyOf } from '../../src/core/route-settings.ts';
import { compileCidrs } from '../../src/core/ticket/ip-cidr.ts';
import type { OwnAnswer } from '../exchange/own-answer.ts';
import type { PasswordCheck } from './basic-auth.ts';
import type { RouteCheck } from './route-checks.ts';

const FORBIDDEN: OwnAnswer = {
  status: 403,
  code: 'SourceNotAllowed',
  reason: 'This address may not ask here.',
  counter: 'policy_access',
};

/**
 * `denylist-source-range`, then `allowlist-source-range`: an address that cannot be read is in no list, and so not allowed.
 * Then the password; under `satisfy: any` either is enough.
 */
export const accessCheck = (
  { denied, allowed, auth }: PolicyOf<'access'>,
  passwords: PasswordCheck | null,
): RouteCheck => {
  const isDenied = compileCidrs(denied);
  const isAllowed = allowed === null ? null : compileCidrs(allowed);
  const hasRanges = denied.length > 0 || allowed !== null;
  const satisfiedByAny = auth?.satisfiedByAny === true;
  return {
    before: (head, notes) => {
      const { sourceAddress: address, nowMs } = head;
      const isForbidden = isDenied(address) || (isAllowed !== null && !isAllowed(address));
      if (passwords === null) return isForbidden ? FORBIDDEN : null;
      if (satisfiedByAny && hasRanges && !isForbidden) return null;
      if (isForbidden && !satisfiedByAny) return FORBIDDEN;
      // Two of them are none: which one a backend would have believed is anybody's guess.
      const authorization =
        head.headerLine('authorization', 1) === undefined ? head.headerLine('authorization', 0) : undefined;
      return passwords.answerTo({ authorization, address, nowMs }, notes);
    },
  };
};
