import { type Command, InvalidArgumentError, Option } from 'commander';
import type { EngineOptions } from '../../router/engine.ts';
import { canonicalCidr } from '../core/ticket/ip-cidr.ts';

/** The flags about what stands in front of the router. */
export type RouterFlags = {
  readonly trustedProxies?: readonly string[];
};

const readCidrs = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...text.split(',').map(part => {
    const cidr = canonicalCidr(part.trim());
    if (cidr !== undefined) return cidr;
    throw new InvalidArgumentError(
      'Write networks such as 10.0.0.0/8 or 2001:db8::/32, with commas between.',
    );
  }),
];

export const addRouterFlags = (command: Command): Command =>
  command.addOption(
    new Option(
      '--trusted-proxies <CIDR,...>',
      'proxies in front whose X-Forwarded-* and Forwarded are believed (repeatable; default: none)',
    ).argParser(readCidrs),
  );

/** What the flags change of the engine's defaults. */
export const engineOptionsOf = ({ trustedProxies }: RouterFlags): Partial<EngineOptions> => ({
  ...(trustedProxies === undefined ? {} : { trustedProxies }),
});
