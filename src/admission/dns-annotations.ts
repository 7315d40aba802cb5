import { DNS_HOSTNAME, DNS_SOURCE, EXTERNAL_DNS_PREFIXES } from '../core/annotation-names.ts';

type Annotations = Readonly<Record<string, string>>;

/** External-dns reads hosts from rules, where keys stand now; these annotations tell it the domains (DESIGN 4). */
export type DnsAnnotations = {
  /** Annotation -> its value from now on; null: gone. */
  readonly changes: ReadonlyMap<string, string | null>;
  /** Those whose present value is ours or holds names of ours. */
  readonly written: readonly string[];
};

export type DnsInput = {
  readonly annotations: Annotations;
  /** The old object's annotations, or the new one's own where it is a CREATE. */
  readonly before: Annotations;
  /** Annotations that `before` records as written by us. */
  readonly recorded: readonly string[];
  /** Those that the new object records. */
  readonly recordedNow: readonly string[];
  /** Domains that we had published in `before`. */
  readonly oldDomains: readonly string[];
  /** Domains to publish from now on; null: rules hold plain hosts, so external-dns needs no help. */
  readonly domains: readonly string[] | null;
};

const ANNOTATION_ONLY = 'annotation-only';

const namesIn = (value: string | undefined): readonly string[] =>
  (value ?? '')
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '');

const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  new Set(a).size === new Set(b).size && a.every(name => b.includes(name));

/**
 * True for a value that the new object records as ours and the stored one does not hold or does not record: the API
 * server calls again, after another mutating webhook has changed what we wrote a moment ago (`reinvocationPolicy`).
 */
const isOfThisWrite = (name: string, { annotations, before, recorded, recordedNow }: DnsInput): boolean =>
  recordedNow.includes(name) && (annotations[name] !== before[name] || !recorded.includes(name));

/** The names of a hostname annotation that its author wrote, without those that we joined to them. */
const ownNames = (name: string, input: DnsInput): readonly string[] => {
  const value = input.annotations[name];
  const isStored = input.recorded.includes(name) && value === input.before[name];
  const joined = isOfThisWrite(name, input) ? (input.domains ?? []) : isStored ? input.oldDomains : [];
  return namesIn(value).filter(host => !joined.includes(host));
};

export const dnsAnnotations = (input: DnsInput): DnsAnnotations => {
  const changes = new Map<string, string | null>();
  const written: string[] = [];
  const { annotations, domains, recorded } = input;
  const set = (name: string, value: string): void => {
    if (annotations[name] !== value) changes.set(name, value);
    written.push(name);
  };
  for (const prefix of EXTERNAL_DNS_PREFIXES) {
    const hostname = `${prefix}${DNS_HOSTNAME}`;
    const source = `${prefix}${DNS_SOURCE}`;
    const own = ownNames(hostname, input);
    const wanted = [...new Set([...own, ...(domains ?? [])])];
    const present = annotations[hostname];
    if (domains === null || wanted.length === own.length) {
      // Nothing of ours is in it: the author's value as it stands, or none.
      if (recorded.includes(hostname) && present !== undefined && !sameNames(namesIn(present), own)) {
        changes.set(hostname, own.length === 0 ? null : own.join(','));
      }
    } else if (present !== undefined && sameNames(namesIn(present), wanted)) {
      set(hostname, present);
    } else {
      set(hostname, wanted.join(','));
    }
    if (domains !== null) {
      // An author who wrote the very same keeps it on the day we leave.
      const isAuthors = !recorded.includes(source) && !isOfThisWrite(source, input);
      if (annotations[source] !== ANNOTATION_ONLY || !isAuthors) set(source, ANNOTATION_ONLY);
    } else if (recorded.includes(source) && annotations[source] === ANNOTATION_ONLY)
      changes.set(source, null);
  }
  return { changes, written };
};
