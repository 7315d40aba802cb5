import { hostKey, MAX_KEYED_HOST_BYTES, readRuleHost } from '../core/host-key.ts';
import type { Ingress } from '../core/objects/ingress.ts';
import type { Problem } from '../core/problem.ts';
import type { KeyContext } from '../core/served-hosts.ts';

/** One rule of an Ingress as it is keyed (DESIGN 2). */
export type KeyedRule = {
  readonly index: number;
  /** What the rule's host field holds now, in lower case. */
  readonly written: string;
  readonly ownHost: string;
  readonly key: string;
  readonly raw: boolean;
};

const HOST_ADVICE =
  'write a host name such as "taobao.com" or a wildcard such as "*.taobao.com" (no port, no address, no path).';

/** The rules whose host can be keyed under `entry`; what is wrong with the others goes to `problems`. */
export const readRules = (
  ingress: Ingress,
  { entry, entries }: KeyContext,
  problems: Problem[],
): readonly KeyedRule[] =>
  ingress.rules.flatMap((rule, index) => {
    const field = `spec.rules[${index}].host`;
    const read = readRuleHost(rule.host, [entry, ...entries]);
    switch (read.kind) {
      case 'invalid':
        problems.push({
          code: 'HostInvalid',
          field,
          value: rule.host,
          message: `is no host name; ${HOST_ADVICE}`,
        });
        return [];
      case 'foreign':
        problems.push({
          code: 'KeyMismatch',
          field,
          value: rule.host,
          message: `is the key of ${read.host === '' ? 'all hosts' : JSON.stringify(read.host)} under another entry, which this router does not serve; write the host itself.`,
        });
        return [];
      case 'broken':
        problems.push({
          code: 'KeyMismatch',
          field,
          value: rule.host,
          message:
            'ends like a host key but decodes to no host name; write the host itself, admission turns it into its key.',
        });
        return [];
      default:
        return [
          {
            index,
            written: rule.host.toLowerCase(),
            ownHost: read.host,
            key: hostKey(read.host, entry),
            raw: read.kind === 'plain',
          },
        ];
    }
  });

/** `HostTooLong`: hosts whose key the API server would not store. */
export const tooLongHosts = (rules: readonly KeyedRule[]): readonly Problem[] =>
  rules
    .filter(rule => rule.ownHost.length > MAX_KEYED_HOST_BYTES)
    .map(({ index, ownHost }) => ({
      code: 'HostTooLong',
      field: `spec.rules[${index}].host`,
      value: ownHost,
      message:
        `has ${ownHost.length} bytes; its key would have 2 × ${ownHost.length} + 32 = ${2 * ownHost.length + 32} characters, ` +
        `and the API server stores 253, so a host may have ${MAX_KEYED_HOST_BYTES} bytes. ` +
        'Use a shorter host, or keep the host as it is with the annotation sluice.dev/rewrite: "off".',
    }));
