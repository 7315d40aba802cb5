import { canonicalJson, isRecord, isTooDeep, type Json } from './canonical-json.ts';
import { canonicalHost } from './host.ts';
import { decodeHostKey } from './host-key.ts';
import { failed, memberField, ok, type Problem, type Result, shownValue } from './problem.ts';
import { readServiceMap, type ServiceMap } from './service-map.ts';
import { nearestOf } from './suggestion.ts';

/** The annotation that carries the rules, unless `--annotation` renames it (DESIGN 3). */
export const DEFAULT_ANNOTATION = 'nginx.ingress.kubernetes.io/service-config';

/** Largest service-config that is read or written; the API server allows 256 KiB for all annotations together. */
export const MAX_SERVICE_CONFIG_BYTES = 64 * 1024;

/** Most aliases of one Ingress: every one is a look-up entry in every worker. */
export const MAX_ALIASES = 100;

/** The parts of a service-config that have an origin of their own (DESIGN 4). */
export const SECTIONS = ['hosts', 'onEmptyEdge', 'serviceMap', 'tickets'] as const;
export type Section = (typeof SECTIONS)[number];

export type OnEmptyEdge = 'stable' | 'unavailable';

/** A service-config that was read: what its author wrote section by section, and what it means. */
export type ServiceConfig = {
  /** The JSON of each section that is there, as written. */
  readonly sections: Readonly<Partial<Record<Section, Json>>>;
  /** Key (or plain host, where a person wrote one) -> canonical domains; a domain may be the empty string: all hosts. */
  readonly hosts: ReadonlyMap<string, readonly string[]>;
  /** Null: the section is not there. */
  readonly serviceMap: ServiceMap | null;
  readonly onEmptyEdge: OnEmptyEdge;
};

export const EMPTY_SERVICE_CONFIG: ServiceConfig = {
  sections: {},
  hosts: new Map(),
  serviceMap: null,
  onEmptyEdge: 'stable',
};

/** Canonical text of a service-config made of these sections. */
export const printServiceConfig = ({ hosts, ...drainage }: ServiceConfig['sections']): string =>
  canonicalJson({ hosts, drainage });

const invalid = (field: string, message: string, value?: unknown): Problem => ({
  code: 'ServiceConfigInvalid',
  field,
  message,
  ...(value === undefined ? {} : { value: typeof value === 'string' ? value : canonicalJson(value) }),
});

const unknownFields = (
  record: Readonly<Record<string, unknown>>,
  known: readonly string[],
  field: string,
): readonly Problem[] =>
  Object.keys(record)
    .filter(name => !known.includes(name))
    .map(name =>
      invalid(
        memberField(field, name),
        `unknown field; ${nearestOf(name, known) ?? `the fields here are ${known.join(', ')}.`}`,
      ),
    );

const readDomain = (value: unknown, field: string, problems: Problem[]): string | undefined => {
  if (value === '') return '';
  const domain = typeof value === 'string' ? canonicalHost(value) : undefined;
  if (domain === undefined || decodeHostKey(domain) !== undefined) {
    problems.push({
      code: typeof value === 'string' ? 'HostInvalid' : 'ServiceConfigInvalid',
      field,
      value: typeof value === 'string' ? value : canonicalJson(value),
      message:
        'is not a domain; write a host name such as "www.taobao.com" or a wildcard such as "*.taobao.com".',
    });
    return undefined;
  }
  return domain;
};

const readDomains = (value: unknown, field: string, problems: Problem[]): readonly string[] | undefined => {
  if (!Array.isArray(value)) {
    problems.push(invalid(field, 'must be a list of domains, e.g. ["taobao.com","www.taobao.com"].', value));
    return undefined;
  }
  const domains = value.map((item, i) => readDomain(item, `${field}[${i}]`, problems));
  return [...new Set(domains.filter(domain => domain !== undefined))];
};

/** A key of "hosts" in the form in which rules are looked up. Under rewrite off keys of any length stand here: they are no host fields. */
const hostName = (key: string): string | undefined => {
  const lower = key.toLowerCase();
  return lower === '' || decodeHostKey(lower) !== undefined ? lower : canonicalHost(key);
};

const readHosts = (value: unknown, field: string, problems: Problem[]): ServiceConfig['hosts'] => {
  const hosts = new Map<string, readonly string[]>();
  if (value === undefined) return hosts;
  if (!isRecord(value)) {
    problems.push(
      invalid(
        field,
        'must map hosts to lists of domains, e.g. {"taobao.com":["taobao.com","www.taobao.com"]}; admission turns the hosts into their keys.',
        value,
      ),
    );
    return hosts;
  }
  for (const [key, list] of Object.entries(value)) {
    const name = hostName(key);
    if (name === undefined) {
      problems.push({
        code: 'KeyMismatch',
        field: memberField(field, key),
        value: key,
        message:
          'is neither a host key nor a host name; write the host itself, admission turns it into its key.',
      });
    }
    const domains = readDomains(list, memberField(field, key), problems);
    if (name !== undefined && domains !== undefined) {
      hosts.set(name, [...new Set([...(hosts.get(name) ?? []), ...domains])]);
    }
  }
  // Each rule's own host is in its list too; what is limited is what comes on top.
  const count = [...hosts.values()].reduce((sum, list) => sum + Math.max(0, list.length - 1), 0);
  if (count > MAX_ALIASES) {
    problems.push(
      invalid(
        field,
        `lists ${count} domains beyond one for each rule, at most ${MAX_ALIASES} are allowed; move some of them to another Ingress.`,
      ),
    );
  }
  return hosts;
};

/**
 * Reads the text of a service-config annotation (DESIGN 3); what stands inside `tickets` is the ticket
 * grammar's business.
 * @returns the config, or every `ServiceConfigInvalid`, `KeyMismatch`, `HostInvalid` and `EdgeServiceInvalid` in it
 */
export const parseServiceConfig = (text: string, field: string): Result<ServiceConfig> => {
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes > MAX_SERVICE_CONFIG_BYTES) {
    return failed(
      invalid(
        field,
        `has ${bytes} bytes, at most ${MAX_SERVICE_CONFIG_BYTES} are read; remove tickets and domains that are no longer needed, or split the Ingress.`,
      ),
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failed(
      invalid(
        field,
        `is not JSON (${shownValue(reason).slice(1, -1)}); correct it, or remove the annotation and write sluice.dev/tickets: admission makes it anew.`,
        text,
      ),
    );
  }
  if (isTooDeep(value))
    return failed(
      invalid(
        field,
        'nests deeper than any service-config does; the deepest that it needs is drainage.tickets[0].header.foo.in[0].',
      ),
    );
  if (!isRecord(value))
    return failed(invalid(field, 'must be a JSON object with "hosts" and "drainage".', value));
  const problems: Problem[] = [...unknownFields(value, ['hosts', 'drainage'], field)];
  const hosts = readHosts(value.hosts, `${field}.hosts`, problems);
  const drainage = value.drainage === undefined ? {} : value.drainage;
  if (!isRecord(drainage)) {
    return failed(
      ...problems,
      invalid(
        `${field}.drainage`,
        'must be an object with "tickets", "serviceMap" and "onEmptyEdge".',
        drainage,
      ),
    );
  }
  problems.push(...unknownFields(drainage, ['tickets', 'serviceMap', 'onEmptyEdge'], `${field}.drainage`));
  const { tickets, serviceMap, onEmptyEdge } = drainage;
  if (onEmptyEdge !== undefined && onEmptyEdge !== 'stable' && onEmptyEdge !== 'unavailable') {
    problems.push(
      invalid(`${field}.drainage.onEmptyEdge`, 'must be "stable" or "unavailable".', onEmptyEdge),
    );
  }
  const map = serviceMap === undefined ? null : readServiceMap(serviceMap, `${field}.drainage.serviceMap`);
  if (map !== null && !map.ok) problems.push(...map.problems);
  if (problems.length > 0) return failed(...problems);
  const sections: Partial<Record<Section, Json>> = {};
  // JSON.parse made these, so they are Json.
  if (value.hosts !== undefined) sections.hosts = value.hosts as Json;
  if (tickets !== undefined) sections.tickets = tickets as Json;
  if (serviceMap !== undefined) sections.serviceMap = serviceMap as Json;
  if (onEmptyEdge !== undefined) sections.onEmptyEdge = onEmptyEdge as Json;
  return ok({
    sections,
    hosts,
    serviceMap: map?.ok ? map.value : null,
    onEmptyEdge: onEmptyEdge === 'unavailable' ? 'unavailable' : 'stable',
  });
};
