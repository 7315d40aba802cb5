import type { KeyedCertificate } from '../authority.ts';
import type { CertificateEvent } from '../certificate-event.ts';
import { certificatesIn } from '../certificates-in.ts';
import { formatReasons, type Reason, servingReasons, unusableReasons } from '../checks.ts';
import type { BundleStore } from '../stores.ts';
import { isSigned, isTrusted } from '../trust.ts';
import { ServingCertificate } from './serving-certificate.ts';
import type { ServingSource } from './serving-source.ts';

export type FollowerWorld = {
  readonly source: ServingSource;
  readonly configurations: readonly Pick<BundleStore, 'name' | 'read'>[];
  /** See `calledNames`. */
  readonly names: readonly string[];
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  readonly report: (event: CertificateEvent) => void;
};

/** A pair that was looked at and not taken; kept, so that it is reported once. */
type Refused = { readonly pair: KeyedCertificate; readonly reasons: readonly Reason[] };

type Published = { readonly name: string; readonly bundles: readonly string[] };

/**
 * One replica's side: takes the stored certificate over as soon as it works for the API servers, and says whether
 * the one that it serves does.
 */
export class CertificateFollower {
  readonly serving = new ServingCertificate();
  readonly #world: FollowerWorld;
  /** What the configurations said last, before anything is served; one that does not exist has no clients. */
  #published: readonly Published[] = [];
  #refused: Refused | null = null;

  constructor(world: FollowerWorld) {
    this.#world = world;
  }

  /**
   * Looks at the stored certificate and the caBundles. Rejects if one cannot be read; what is served goes on being
   * served, whatever happens to the stored one.
   */
  async refresh(): Promise<void> {
    const { source, configurations } = this.#world;
    // The bundles last: an owner publishes before it issues, so these trust what was found before.
    const stored = await source.read();
    const reads = await Promise.all(configurations.map(configuration => configuration.read()));
    this.#published = configurations.flatMap(({ name }, place) => {
      const read = reads[place];
      return read ? [{ name, bundles: read.content }] : [];
    });
    if (stored !== null && !isSame(stored, this.serving.pair)) this.#consider(stored);
  }

  /**
   * What keeps API servers from calling this replica, as sentences; nothing: it is ready. Looks at the clock, so a
   * certificate that ends between two looks is noticed.
   */
  faults(): readonly string[] {
    const { names, nowMs } = this.#world;
    const { pair } = this.serving;
    if (pair === null)
      return [
        this.#refused === null
          ? 'no certificate is stored yet'
          : `the certificate stored is not usable: ${formatReasons(this.#refused.reasons)}`,
      ];
    const reasons = servingReasons(pair, { names, nowMs: nowMs() });
    if (reasons.length > 0) return [`the certificate served is not usable: ${formatReasons(reasons)}`];
    return this.#published
      .filter(published => !this.#isTrustedBy(pair, published))
      .map(({ name }) => `the caBundle in ${name} does not trust the certificate served`);
  }

  /**
   * Time does not count here: the owner's clock says what is issued and the API server's what is accepted, and ours
   * may be behind both.
   */
  #consider(stored: KeyedCertificate): void {
    const { names, report } = this.#world;
    const { pair } = this.serving;
    const isNews = !isSame(stored, this.#refused?.pair ?? null);
    const reasons = unusableReasons(stored, names);
    // Never from one that clients trust to one that they do not: with cert-manager the Secret changes before the caBundle.
    const isEarly = pair !== null && this.#isTrustedNow(pair) && !this.#isSigned(stored);
    if (reasons.length > 0 || isEarly) {
      this.#refused = { pair: stored, reasons };
      if (isNews) report(reasons.length > 0 ? { kind: 'not-served', reasons } : { kind: 'not-trusted-yet' });
      return;
    }
    this.serving.serve(stored);
    this.#refused = null;
    const [certificate] = certificatesIn(stored.certificate);
    report({ kind: 'served', untilMs: certificate?.validToDate.getTime() ?? 0 });
  }

  #isTrustedNow(pair: KeyedCertificate): boolean {
    return this.#published.every(published => this.#isTrustedBy(pair, published));
  }

  #isTrustedBy({ certificate }: KeyedCertificate, { bundles }: Published): boolean {
    const certificates = certificatesIn(certificate);
    const nowMs = this.#world.nowMs();
    return bundles.every(bundle => isTrusted({ certificates, bundle: certificatesIn(bundle) }, nowMs));
  }

  #isSigned({ certificate }: KeyedCertificate): boolean {
    const certificates = certificatesIn(certificate);
    const bundles = this.#published.flatMap(published => published.bundles);
    return bundles.every(bundle => isSigned({ certificates, bundle: certificatesIn(bundle) }));
  }
}

const isSame = (a: KeyedCertificate, b: KeyedCertificate | null): boolean =>
  a.certificate === b?.certificate && a.key === b.key;
