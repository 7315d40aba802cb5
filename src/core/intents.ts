import {
  ALIASES,
  annotationField,
  EDGE_SERVICES,
  ON_EMPTY_EDGE,
  PAUSED,
  REWRITE,
  SERVER_ALIAS,
  TICKETS,
} from './annotation-names.ts';
import { canonicalJson, isRecord, type Json } from './canonical-json.ts';
import { canonicalHost } from './host.ts';
import { readRuleHost } from './host-key.ts';
import { type Problem, shownValue } from './problem.ts';
import { MAX_ALIASES, type OnEmptyEdge } from './service-config.ts';
import { readServiceMap } from './service-map.ts';
import { parseTickets } from './ticket/ticket-grammar.ts';
import { parseYamlValue } from './yaml-value.ts';

/** What the intent annotations of one Ingress ask for (DESIGN 4); undefined: not asked. */
export type Intents = {
  /** The author's own JSON, already checked. */
  readonly tickets: Json | undefined;
  /** Canonical own host -> canonical aliases. */
  readonly aliases: ReadonlyMap<string, readonly string[]> | undefined;
  readonly serviceMap: Json | undefined;
  readonly onEmptyEdge: OnEmptyEdge | undefined;
  readonly paused: boolean;
  readonly rewrite: boolean;
  /** Every problem in them, by annotation. */
  readonly problems: readonly Problem[];
};

type Annotations = Readonly<Record<string, string>>;
type Reading = { readonly annotations: Annotations; readonly problems: Problem[] };

const invalid = (name: string, message: string, value?: string): Problem => ({
  code: 'AnnotationInvalid',
  field: annotationField(name),
  message,
  ...(value === undefined ? {} : { value }),
});

/** The YAML value of an annotation; undefined where it is missing or broken, the latter with a problem. */
const yamlAt = (name: string, { annotations, problems }: Reading): Json | undefined => {
  const text = annotations[name];
  if (text === undefined) return undefined;
  const parsed = parseYamlValue(text);
  if (parsed.ok) return parsed.value as Json;
  problems.push(invalid(name, parsed.message, text));
  return undefined;
};

const choiceAt = <T extends string>(name: string, choices: readonly T[], reading: Reading): T | undefined => {
  const text = reading.annotations[name];
  if (text === undefined) return undefined;
  const choice = choices.find(candidate => candidate === text);
  if (choice === undefined) {
    reading.problems.push(
      invalid(name, `must be ${choices.map(c => JSON.stringify(c)).join(' or ')}.`, text),
    );
  }
  return choice;
};

const namesOf = (value: unknown): readonly string[] | undefined => {
  if (typeof value === 'string') return value.split(/[\s,]+/).filter(name => name !== '');
  if (Array.isArray(value) && value.every(name => typeof name === 'string')) return value;
  return undefined;
};

/** Hosts of an Ingress that a message repeats. */
const MAX_SHOWN_HOSTS = 5;

class AliasReader {
  readonly aliases = new Map<string, Set<string>>();
  readonly #ownHosts: readonly string[];
  readonly #problems: Problem[];

  constructor(ownHosts: readonly string[], problems: Problem[]) {
    this.#ownHosts = ownHosts;
    this.#problems = problems;
  }

  /** One list of names that stand for `ownHost`. */
  add(name: string, ownHost: string, value: unknown): void {
    const names = namesOf(value);
    if (names === undefined) {
      this.#problems.push(
        invalid(
          name,
          `the aliases of ${JSON.stringify(ownHost)} must be a list of host names, e.g. ["www.taobao.com"].`,
          canonicalJson(value),
        ),
      );
      return;
    }
    const list = this.aliases.get(ownHost) ?? new Set();
    for (const alias of names) {
      const host = readRuleHost(alias, []).kind === 'plain' ? canonicalHost(alias) : undefined;
      if (host === undefined) {
        this.#problems.push({
          code: 'HostInvalid',
          field: annotationField(name),
          value: alias,
          message:
            'is no host name; an alias is a name such as "www.taobao.com" or a wildcard such as "*.taobao.com".',
        });
      } else if (host !== ownHost) {
        list.add(host);
      }
    }
    this.aliases.set(ownHost, list);
  }

  addMap(name: string, value: Readonly<Record<string, unknown>>): void {
    for (const [written, names] of Object.entries(value)) {
      const host = written === '' ? '' : canonicalHost(written);
      if (host !== undefined && this.#ownHosts.includes(host)) this.add(name, host, names);
      else {
        // One Ingress may have a thousand hosts, and this line may stand there once for each wrong name.
        const shown = this.#ownHosts.slice(0, MAX_SHOWN_HOSTS).map(shownValue);
        const hosts = [...shown, ...(this.#ownHosts.length > shown.length ? ['…'] : [])].join(', ') || 'none';
        this.#problems.push(
          invalid(
            name,
            `gives aliases to a host that this Ingress has no rule for; its hosts are ${hosts}.`,
            written,
          ),
        );
      }
    }
  }

  addList(name: string, value: unknown): void {
    const [only, ...others] = this.#ownHosts;
    if (only !== undefined && others.length === 0) {
      this.add(name, only, value);
      return;
    }
    const known = new Set([...this.aliases.values()].flatMap(list => [...list]));
    const unknown = (namesOf(value) ?? []).filter(alias => !known.has(canonicalHost(alias) ?? alias));
    // Leaving the class writes all aliases to server-alias; on the way back the map still says whose they are.
    if (unknown.length === 0 && known.size > 0) return;
    this.#problems.push(
      invalid(
        name,
        `a plain list needs an Ingress with exactly one host, this one has ${this.#ownHosts.length}; write {"<host>":["<alias>"]} in ${ALIASES}.`,
        typeof value === 'string' ? value : canonicalJson(value),
      ),
    );
  }
}

/** A comma list has neither a colon nor a bracket nor a YAML dash; a host name holds none of them. */
const isPlainList = (text: string): boolean => !/[:{}[\]]|^\s*-\s/m.test(text);

const readAliases = (ownHosts: readonly string[], reading: Reading): Intents['aliases'] => {
  const { annotations, problems } = reading;
  if (annotations[ALIASES] === undefined && annotations[SERVER_ALIAS] === undefined) return undefined;
  const reader = new AliasReader(ownHosts, problems);
  for (const name of [ALIASES, SERVER_ALIAS]) {
    const text = annotations[name];
    if (text === undefined || text.trim() === '') continue;
    const value = isPlainList(text) ? text : yamlAt(name, reading);
    if (isRecord(value)) reader.addMap(name, value);
    else if (value !== undefined) reader.addList(name, value);
  }
  const count = [...reader.aliases.values()].reduce((sum, list) => sum + list.size, 0);
  if (count > MAX_ALIASES) {
    problems.push(
      invalid(
        ALIASES,
        `gives ${count} aliases, at most ${MAX_ALIASES} are allowed; a wildcard such as "*.taobao.com" stands for many, or move some to another Ingress.`,
      ),
    );
  }
  return new Map([...reader.aliases].map(([host, list]) => [host, [...list]]));
};

/**
 * Reads the `sluice.dev/*` annotations that a person writes on an Ingress, and ingress-nginx'
 * `server-alias`; all problems at once (`AnnotationInvalid`, `HostInvalid`, and those of the ticket and
 * serviceMap grammars).
 * @param ownHosts canonical hosts of the Ingress' rules, each once
 */
export const readIntents = (annotations: Annotations, ownHosts: readonly string[]): Intents => {
  const reading: Reading = { annotations, problems: [] };
  const tickets = yamlAt(TICKETS, reading);
  if (tickets !== undefined)
    reading.problems.push(...parseTickets(tickets, annotationField(TICKETS)).problems);
  const serviceMap = yamlAt(EDGE_SERVICES, reading);
  if (serviceMap !== undefined) {
    const read = readServiceMap(serviceMap, annotationField(EDGE_SERVICES));
    if (!read.ok) {
      // The grammar's own code speaks of the service-config; here the text is an annotation of its own.
      reading.problems.push(
        ...read.problems.map(problem =>
          problem.code === 'ServiceConfigInvalid'
            ? { ...problem, code: 'AnnotationInvalid' as const }
            : problem,
        ),
      );
    }
  }
  return {
    tickets,
    aliases: readAliases(ownHosts, reading),
    serviceMap,
    onEmptyEdge: choiceAt(ON_EMPTY_EDGE, ['stable', 'unavailable'] as const, reading),
    paused: choiceAt(PAUSED, ['true', 'false'] as const, reading) === 'true',
    rewrite: choiceAt(REWRITE, ['off', 'on'] as const, reading) !== 'off',
    problems: reading.problems,
  };
};
