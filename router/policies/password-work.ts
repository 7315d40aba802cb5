import { checkedHashKind } from '../../src/core/policies/password-hash-kind.ts';

/** bcrypt of cost 8: 16 to 32 ms of a core, so that a unit is some 13 ms with what is around it. */
const UNIT_COST = 8;

/** What it costs to check one password: 1 for anything up to some 15 ms, 4 for bcrypt of cost 10, 64 for 14; 0: next to nothing. */
export const passwordWork = (hash: string): number => {
  const checked = checkedHashKind(hash);
  if (!checked.ok || checked.kind.kind === 'sha1') return 0;
  return checked.kind.kind === 'md5' ? 1 : Math.max(1, 2 ** (checked.kind.cost - UNIT_COST));
};
