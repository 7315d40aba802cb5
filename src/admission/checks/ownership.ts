import { allowedHosts, isAllowedHost } from '../../core/allowed-hosts.ts';
import { ALLOWED_HOSTS } from '../../core/annotation-names.ts';
import type { Problem } from '../../core/problem.ts';
import type { Check, Subject } from './subject.ts';

/** Every domain that the Ingress would serve, with the field that its author finds it by. */
const servedDomains = ({
  rules,
  hostsField,
}: Subject): readonly { readonly domain: string; readonly field: string }[] =>
  rules.flatMap(rule =>
    rule.domains.map(domain => ({
      domain,
      field:
        domain === rule.ownHost
          ? rule.index < 0
            ? 'spec.defaultBackend'
            : `spec.rules[${rule.index}].host`
          : hostsField,
    })),
  );

const shown = (domain: string): string => (domain === '' ? 'all hosts' : JSON.stringify(domain));

/** `HostTaken`: a host or alias that another namespace has claimed, whatever the Ingresses' ages. */
export const hostsAreFree: Check = subject => {
  const { ingress, options, view } = subject;
  if (options.hostOwnership === 'off') return [];
  return servedDomains(subject).flatMap(({ domain, field }): readonly Problem[] => {
    const holder = view.claimHolder(domain);
    if (holder === undefined || holder === ingress.metadata.namespace) return [];
    return [
      {
        code: 'HostTaken',
        field,
        value: domain,
        message: `${shown(domain)} belongs to namespace ${JSON.stringify(holder)}; use another host, or move the rule there.`,
      },
    ];
  });
};

const mayServeAllHosts = (namespaces: readonly string[]): string =>
  namespaces.length === 0
    ? 'no namespace may do here'
    : `only these namespaces may do: ${namespaces.join(', ')}`;

/** `HostNotAllowed`: outside the namespace's allowed hosts, or a rule for all hosts outside `--catch-all-namespace`. */
export const hostsAreAllowed: Check = subject => {
  const { ingress, options, view } = subject;
  const { namespace } = ingress.metadata;
  const allowed = allowedHosts(view.namespace(namespace));
  return servedDomains(subject).flatMap(({ domain, field }): readonly Problem[] => {
    if (domain === '') {
      if (options.catchAllNamespaces === 'any' || options.catchAllNamespaces.includes(namespace)) return [];
      return [
        {
          code: 'HostNotAllowed',
          field,
          value: domain,
          message: `serves all hosts, which ${mayServeAllHosts(options.catchAllNamespaces)} (--catch-all-namespace); name a host.`,
        },
      ];
    }
    if (isAllowedHost(domain, allowed)) return [];
    return [
      {
        code: 'HostNotAllowed',
        field,
        value: domain,
        message: `namespace ${JSON.stringify(namespace)} may use ${allowed?.join(', ') || 'no host at all'} (annotation ${ALLOWED_HOSTS} of the Namespace); use one of these.`,
      },
    ];
  });
};
