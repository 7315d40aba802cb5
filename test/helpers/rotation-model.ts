import type { X509Certificate } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { certificatesIn } from '../../certs/certificates-in.ts';
import type { CertificateKeeper } from '../../certs/rotate/keeper.ts';
import type { CertificateFollower } from '../../certs/serve/follower.ts';
import type { SecretData } from '../../certs/stores.ts';
import { CertificateCluster } from './certificate-cluster.ts';
import { DAY_MS, NOW_MS } from './certificates.ts';
import type { Network } from './stored-objects-in-memory.ts';

const OVERLAP_MS = 60_000;
/** A replica looks at least this often; with the clients' lag it stays below the overlap. */
const REPLICA_LAG_MS = 30_000;
/** How long an API server may go on with a webhook configuration that has changed. */
const CLIENT_LAG_MS = 10_000;

const LIFETIMES = { authorityMs: 365 * DAY_MS, servingMs: 90 * DAY_MS, overlapMs: OVERLAP_MS };

/** What happens to a request: it works; it never arrives; it arrives and its answer does not. */
export type Delivery = 'works' | 'fails' | 'loses-answer';

type Request = { readonly process: Process; deliver(delivery: Delivery): void };

/** One process whose requests wait until the model delivers them. */
abstract class Process {
  skewMs = 0;
  isBusy = false;
  isDead = false;
  readonly model: RotationModel;

  constructor(model: RotationModel) {
    this.model = model;
  }

  /** True if it would do nothing if it ran again. */
  isAtRest = false;

  protected abstract work(): Promise<boolean>;

  begin(): void {
    if (this.isBusy) return;
    this.isBusy = true;
    this.isAtRest = false;
    const done = (): void => {
      this.isBusy = false;
    };
    this.work().then(isAtRest => {
      this.isAtRest = isAtRest;
      done();
    }, done);
  }

  protected readonly options = {
    nowMs: (): number => this.model.nowMs + this.skewMs,
    network: this.#network(),
  };

  #network(): Network {
    let isAnswerLost = false;
    return {
      reached: async () => {
        const delivery = await new Promise<Delivery>(deliver => {
          this.model.requests.push({ process: this, deliver });
        });
        if (delivery === 'fails') throw new Error('connection refused');
        isAnswerLost = delivery === 'loses-answer';
      },
      answered: async () => {
        // A dead process's request still has its effect, and nobody hears of it.
        if (this.isDead) await new Promise(() => {});
        if (isAnswerLost) throw new Error('connection reset');
      },
    };
  }
}

class Owner extends Process {
  readonly #keeper: CertificateKeeper = this.model.cluster.keeper(this.options);

  protected async work(): Promise<boolean> {
    return (await this.#keeper.tick()) === 'steady';
  }
}

class Replica extends Process {
  readonly follower: CertificateFollower = this.model.cluster.follower(this.options);
  lookedMs = Number.NEGATIVE_INFINITY;

  protected async work(): Promise<boolean> {
    const begunMs = this.model.nowMs;
    await this.follower.refresh();
    this.lookedMs = begunMs;
    return true;
  }
}

/** An API server: the caBundles as it has read them last. */
type Client = { bundles: readonly string[]; readMs: number };

/** A leaf, and who of a bundle has signed it. */
type Signed = { readonly leaf: X509Certificate | undefined; readonly signers: readonly X509Certificate[] };

const signed = new Map<string, Map<string, Signed>>();

const newlySigned = (certificate: string, bundle: string): Signed => {
  const [leaf] = certificatesIn(certificate);
  const signers = certificatesIn(bundle).filter(signer => leaf?.verify(signer.publicKey) === true);
  return { leaf, signers };
};

const isNow = ({ validFromDate, validToDate }: X509Certificate, nowMs: number): boolean =>
  validFromDate.getTime() <= nowMs && nowMs <= validToDate.getTime();

/** The reference: a plain verifier of chains of two, written without the product's own. */
const verifies = (certificate: string, bundle: string, nowMs: number): boolean => {
  const byBundle = signed.get(certificate) ?? new Map<string, Signed>();
  signed.set(certificate, byBundle);
  const known = byBundle.get(bundle) ?? newlySigned(certificate, bundle);
  byBundle.set(bundle, known);
  const { leaf, signers } = known;
  return leaf !== undefined && isNow(leaf, nowMs) && signers.some(signer => isNow(signer, nowMs));
};

/**
 * Two owners and two replicas on one API server, two API servers' verifiers as clients. Time passes and requests
 * are delivered as the test says; a replica and a client never lag by more than their bounds.
 */
export class RotationModel {
  nowMs = NOW_MS;
  #isWatched = false;
  #firstFault: string | null = null;
  /** On their way, in the order in which they were sent. */
  readonly requests: Request[] = [];
  readonly cluster = new CertificateCluster(LIFETIMES, () => this.nowMs);
  readonly owners: Owner[] = [new Owner(this), new Owner(this)];
  readonly replicas: Replica[] = [new Replica(this), new Replica(this)];
  readonly clients: Client[] = [
    { bundles: [], readMs: 0 },
    { bundles: [], readMs: 0 },
  ];

  /** Puts in place what another model has arrived at: a first start costs more than what a test does after it. */
  continue({ cluster }: RotationModel): void {
    this.cluster.authority.put(cluster.authority.content);
    this.cluster.serving.put(cluster.serving.content);
    this.cluster.mutating.put(cluster.mutating.content);
    this.cluster.validating.put(cluster.validating.content);
  }

  /** What a client cannot verify now; nothing: all is well. */
  faults(): readonly string[] {
    return this.clients.flatMap((client, nth) =>
      this.replicas.flatMap(({ follower }, place) => {
        const certificate = follower.serving.pair?.certificate;
        if (certificate === undefined) return [];
        return client.bundles.every(bundle => verifies(certificate, bundle, this.nowMs))
          ? []
          : [`client ${nth} does not trust replica ${place}`];
      }),
    );
  }

  /** From now on every client has to trust every replica, at every moment. */
  startWatching(): void {
    this.#isWatched = true;
    this.#note();
  }

  /** What was wrong first since then. */
  get firstFault(): string | null {
    return this.#firstFault;
  }

  #note(): void {
    if (this.#isWatched) this.#firstFault ??= this.faults()[0] ?? null;
  }

  get isServedByAll(): boolean {
    return this.replicas.every(({ follower }) => follower.serving.pair !== null);
  }

  async deliver(nth: number, delivery: Delivery): Promise<void> {
    const [request] = this.requests.splice(nth % Math.max(1, this.requests.length), 1);
    request?.deliver(delivery);
    await setImmediate();
    this.#note();
  }

  /** One process runs from start to end while nobody else is heard. */
  async run(nth: number): Promise<void> {
    const processes = [...this.owners, ...this.replicas];
    const process = processes[nth % processes.length];
    if (process !== undefined) await this.#finish(process);
  }

  /** A process dies and comes back without its memory; what it has sent is still on its way. */
  restart(nth: number): void {
    if (nth % 2 === 0) {
      this.#bury(this.owners.splice(0, 1));
      this.owners.push(new Owner(this));
    } else {
      this.#bury(this.replicas.splice(0, 1));
      this.replicas.push(new Replica(this));
    }
  }

  readConfigurations(nth: number): void {
    const client = this.clients[nth % 2];
    if (client === undefined) return;
    client.bundles = this.cluster.configurations.flatMap(({ content }) => content ?? []);
    client.readMs = this.nowMs;
    this.#note();
  }

  /** Time passes; who would lag too far looks in time. */
  async pass(durationMs: number): Promise<void> {
    const untilMs = this.nowMs + durationMs;
    for (const [nth, { readMs }] of this.clients.entries())
      if (untilMs - readMs > CLIENT_LAG_MS) this.readConfigurations(nth);
    for (const replica of this.replicas)
      if (untilMs - replica.lookedMs > REPLICA_LAG_MS) await this.#finish(replica);
    this.nowMs = untilMs;
    this.#note();
  }

  /** Everybody works undisturbed until there is nothing left to do; bounded. */
  async settle(): Promise<void> {
    const processes = [...this.owners, ...this.replicas];
    const rounds = 10;
    for (let round = 0; round < rounds; round += 1) {
      const before = this.#writes;
      for (const process of processes) await this.#finish(process);
      if (before === this.#writes && processes.every(({ isAtRest }) => isAtRest)) break;
      await this.pass(OVERLAP_MS);
    }
    for (const nth of this.clients.keys()) this.readConfigurations(nth);
  }

  get #writes(): number {
    const { authority, serving, configurations } = this.cluster;
    return [authority, serving, ...configurations].reduce((sum, { history }) => sum + history.length, 0);
  }

  change(object: 'authority' | 'serving', content: SecretData | null): void {
    this.cluster[object].put(content);
  }

  #bury(processes: readonly Process[]): void {
    for (const process of processes) process.isDead = true;
  }

  /** What it is at comes to an end, and then one run from start to end. */
  async #finish(process: Process): Promise<void> {
    for (let runs = process.isBusy ? 2 : 1; runs > 0; runs -= 1) {
      process.begin();
      for (let steps = 0; process.isBusy && steps < 200; steps += 1) {
        const at = this.requests.findIndex(request => request.process === process);
        if (at === -1) await setImmediate();
        else await this.deliver(at, 'works');
      }
    }
  }
}
