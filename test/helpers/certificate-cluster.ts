import type { CertificateEvent } from '../../certs/certificate-event.ts';
import type { Lifetimes } from '../../certs/lifetimes.ts';
import { CertificateKeeper } from '../../certs/rotate/keeper.ts';
import { CertificateFollower } from '../../certs/serve/follower.ts';
import { secretSource } from '../../certs/serve/serving-source.ts';
import type { BundleStore, SecretData, SecretStore } from '../../certs/stores.ts';
import { mintAt, NAMES } from './certificates.ts';
import { GOOD_NETWORK, type Network, ObjectInMemory } from './stored-objects-in-memory.ts';

type ProcessOptions = {
  readonly nowMs: () => number;
  readonly network?: Network;
  readonly report?: (event: CertificateEvent) => void;
  readonly names?: readonly string[];
};

/** What an API server holds of the webhook's certificates, and processes that work on it. */
export class CertificateCluster {
  readonly authority = new ObjectInMemory<SecretData>('Secret ca', null);
  readonly serving = new ObjectInMemory<SecretData>('Secret tls', null);
  /** The mutating configuration has two webhooks. */
  readonly mutating = new ObjectInMemory<readonly string[]>('mutating', ['', '']);
  readonly validating = new ObjectInMemory<readonly string[]>('validating', ['']);
  readonly lifetimes: Lifetimes;
  readonly #monotonicMs: () => number;

  constructor(lifetimes: Lifetimes, monotonicMs: () => number) {
    this.lifetimes = lifetimes;
    this.#monotonicMs = monotonicMs;
  }

  get configurations(): readonly ObjectInMemory<readonly string[]>[] {
    return [this.mutating, this.validating];
  }

  keeper({
    nowMs,
    network = GOOD_NETWORK,
    report = () => {},
    names = NAMES,
  }: ProcessOptions): CertificateKeeper {
    return new CertificateKeeper(
      {
        authority: this.#secret(this.authority, network),
        serving: this.#secret(this.serving, network),
        configurations: this.#bundles(network),
        mint: { ...mintAt(0), nowMs },
        monotonicMs: this.#monotonicMs,
        report,
      },
      { names, lifetimes: this.lifetimes },
    );
  }

  follower({ nowMs, network = GOOD_NETWORK, report = () => {} }: ProcessOptions): CertificateFollower {
    return new CertificateFollower({
      source: secretSource(this.#secret(this.serving, network)),
      configurations: this.#bundles(network),
      names: NAMES,
      nowMs,
      report,
    });
  }

  #secret(object: ObjectInMemory<SecretData>, network: Network): SecretStore {
    return object.store(network, written => written);
  }

  #bundles(network: Network): readonly BundleStore[] {
    return this.configurations.map(object =>
      object.store(network, (bundle, old) => (old ?? []).map(() => bundle)),
    );
  }
}
