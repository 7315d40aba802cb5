import { sameJson } from '../canonical-json.ts';
import {
  type CertificateSource,
  type HostCertificate,
  hostCertificate,
} from '../certificates/host-certificate.ts';
import { secretCertificate } from '../certificates/secret-certificate.ts';
import type { IngressReading } from '../ingress-reading.ts';
import type { KnownSecrets } from '../known-secrets.ts';
import { MultiMap } from '../multi-map.ts';
import type { Secret } from '../objects/secret.ts';
import type { PlanDelta } from '../plan-delta.ts';
import type { Report } from '../report.ts';
import type { CertificatePlan, HostPlan } from '../route-plan.ts';
import { SortedParts } from '../sorted-parts.ts';
import type { ReportBook } from './report-book.ts';
import { TlsTable, type TouchedDomains } from './tls-table.ts';

type CertificateOptions = {
  readonly secrets?: KnownSecrets;
  readonly absentSecrets?: ReadonlySet<string>;
  readonly defaultCertificate?: string;
};

const NONE: HostCertificate = { id: null, isServed: false, secrets: [], reports: [] };

/** Which certificate each host gets, and the certificates that hosts get, and no others but the default. */
export class CertificateTable {
  readonly #secrets: ReadonlyMap<string, Secret>;
  readonly #reports: ReportBook;
  readonly #source: CertificateSource;
  readonly #entries = new TlsTable();
  /** Secrets that a host's choice hangs on, and the other way round. */
  readonly #secretsOf = new Map<string, readonly string[]>();
  readonly #hostsOf = new MultiMap<string>();
  /** How many hosts show it. */
  readonly #wanted = new Map<string, number>();
  readonly #plans = new SortedParts<CertificatePlan>();
  /** Ids to be looked at. */
  readonly #touched = new Set<string>();

  constructor(secrets: ReadonlyMap<string, Secret>, options: CertificateOptions, reports: ReportBook) {
    const defaultCertificate = options.defaultCertificate ?? null;
    this.#secrets = secrets;
    this.#reports = reports;
    this.#source = {
      secret: id => this.#secrets.get(id),
      knownSecrets: options.secrets ?? 'all',
      absentSecrets: options.absentSecrets ?? new Set(),
      defaultCertificate,
    };
    if (defaultCertificate !== null) this.#touched.add(defaultCertificate);
  }

  /** Sorted by id. */
  get plans(): readonly CertificatePlan[] {
    return this.#plans.list;
  }

  /** Takes over what the `spec.tls` of an Ingress says now. */
  setReading(name: string, after: IngressReading | undefined): TouchedDomains {
    return this.#entries.replace(name, after);
  }

  /** A Secret came, changed or went; returns the hosts whose certificate may be another. */
  touchSecret(id: string): readonly string[] {
    if (this.#wanted.has(id) || id === this.#source.defaultCertificate) this.#touched.add(id);
    return this.#hostsOf.get(id);
  }

  /** The choice for a host of a namespace; remembers what it hangs on. */
  choose(host: string, namespace: string | undefined): HostCertificate {
    const entries =
      namespace === undefined || this.#entries.isEmpty ? [] : this.#entries.entriesFor(host, namespace);
    const choice = entries.length === 0 ? NONE : hostCertificate(host, entries, this.#source);
    this.#setSecrets(host, choice.secrets);
    return choice;
  }

  /** Takes over which certificate a host shows. */
  changeHost(before: HostPlan | undefined, after: HostPlan | undefined): void {
    const [gone, now] = [before?.certificate, after?.certificate];
    if (gone === now) return;
    if (now !== undefined) this.#count(now, 1);
    if (gone !== undefined) this.#count(gone, -1);
  }

  /** Looks anew at each touched certificate. */
  update(): PlanDelta['certificates'] {
    const set: CertificatePlan[] = [];
    const removed: string[] = [];
    for (const id of [...this.#touched].sort()) {
      const before = this.#plans.get(id);
      const plan = this.#planOf(id);
      if (sameJson(before, plan)) continue;
      if (plan === undefined) {
        this.#plans.delete(id);
        removed.push(id);
      } else {
        this.#plans.set(id, plan);
        set.push(plan);
      }
    }
    this.#touched.clear();
    return { set, removed };
  }

  #planOf(id: string): CertificatePlan | undefined {
    const isDefault = id === this.#source.defaultCertificate;
    const secret = this.#secrets.get(id);
    const reading = secret === undefined ? undefined : secretCertificate(secret);
    if (isDefault) this.#reports.set('default certificate', this.#defaultReports(id, reading));
    return reading?.ok === true && (isDefault || this.#wanted.has(id)) ? reading.certificate.plan : undefined;
  }

  #defaultReports(id: string, reading: ReturnType<typeof secretCertificate> | undefined): readonly Report[] {
    if (reading?.ok === true || this.#source.knownSecrets === 'none') return [];
    const [namespace = '', name = ''] = id.split('/');
    const maybe = this.#source.knownSecrets === 'granted' ? ', or may not be read' : '';
    return [
      {
        reason: reading === undefined ? 'CertificateMissing' : 'CertificateInvalid',
        object: { kind: 'Secret', namespace, name },
        message: `the Secret of --default-certificate ${reading === undefined ? `does not exist${maybe}` : reading.reason}; the router shows one that it made itself.`,
      },
    ];
  }

  #count(id: string, hosts: number): void {
    const count = (this.#wanted.get(id) ?? 0) + hosts;
    if (count === 0) this.#wanted.delete(id);
    else this.#wanted.set(id, count);
    if (count === 0 || count === hosts) this.#touched.add(id);
  }

  #setSecrets(host: string, secrets: readonly string[]): void {
    for (const secret of this.#secretsOf.get(host) ?? []) this.#hostsOf.delete(secret, host);
    for (const secret of secrets) this.#hostsOf.add(secret, host);
    if (secrets.length === 0) this.#secretsOf.delete(host);
    else this.#secretsOf.set(host, secrets);
  }
}
