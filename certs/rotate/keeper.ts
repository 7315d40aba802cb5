import { X509Certificate } from 'node:crypto';
import { type KeyedCertificate, type Mint, newAuthority } from '../authority.ts';
import type { CertificateEvent } from '../certificate-event.ts';
import { certificatesIn } from '../certificates-in.ts';
import { issueServing } from '../issue.ts';
import type { Lifetimes } from '../lifetimes.ts';
import { authorityData, authorityState, servingData, servingPair } from '../stored-certificates.ts';
import type { BundleStore, SecretStore, WriteOutcome } from '../stores.ts';
import { type Assessment, assess, type Observed } from './assessment.ts';
import { nextStep, type Step } from './next-step.ts';
import { NO_SIGHTINGS, type Sightings, seenForMs, withSeen } from './sightings.ts';

export type KeeperWorld = {
  /** Holds the authority and its key; nobody but owners reads it. */
  readonly authority: SecretStore;
  /** Holds the serving certificate; replicas read it. */
  readonly serving: SecretStore;
  readonly configurations: readonly BundleStore[];
  readonly mint: Mint;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonicMs: () => number;
  readonly report: (event: CertificateEvent) => void;
};

export type KeeperWish = {
  /** See `servingNames`. */
  readonly names: readonly string[];
  readonly lifetimes: Lifetimes;
};

/** Versions of what was read: a write names the one that its decision rests on. */
type Versions = {
  readonly authority: string | null;
  readonly serving: string | null;
  readonly configurations: readonly (string | null)[];
};

/** A first start takes six; more mean that others write as fast as we do, and the next tick goes on. */
const MAX_STEPS = 16;

export type RotationPhase = 'steady' | 'announcing' | 'retiring' | 'contested';

const untilMs = ({ certificate }: KeyedCertificate): number =>
  new X509Certificate(certificate).validToDate.getTime();

/** When what is stored ends, in milliseconds since the epoch; null: there is none that can be read. */
export type CertificateEnds = { readonly authorityMs: number | null; readonly servingMs: number | null };

const endMs = (stored: KeyedCertificate | null): number | null =>
  certificatesIn(stored?.certificate ?? '')[0]?.validToDate.getTime() ?? null;

/**
 * The owner of the webhook's certificates: keeps authority, serving certificate and all caBundles as they should
 * be. Any number may run at once, since every write names the version that it rests on; one is enough.
 */
export class CertificateKeeper {
  readonly #world: KeeperWorld;
  readonly #wish: KeeperWish;
  #sightings: Sightings = NO_SIGHTINGS;
  #ends: CertificateEnds = { authorityMs: null, servingMs: null };

  constructor(world: KeeperWorld, wish: KeeperWish) {
    this.#world = world;
    this.#wish = wish;
  }

  /** As of the last look. */
  get ends(): CertificateEnds {
    return this.#ends;
  }

  /**
   * Does all that can be done now. Not to be called again before it settles. Rejects if the API server cannot be
   * read or written; the next tick starts from what is stored then.
   */
  async tick(): Promise<RotationPhase> {
    try {
      for (let steps = 0; steps < MAX_STEPS; steps += 1) {
        const { observed, versions } = await this.#observe();
        this.#ends = {
          authorityMs: endMs(observed.state.authority),
          servingMs: endMs(observed.serving),
        };
        const step = this.#decide(observed);
        if (step.kind === 'nothing') return 'steady';
        if (step.kind === 'wait') return step.phase;
        await this.#act(step, versions);
      }
      return 'contested';
    } catch (error) {
      // Nobody knows what the API server holds meanwhile: the overlap is counted anew.
      this.#sightings = NO_SIGHTINGS;
      throw error;
    }
  }

  /**
   * What is published and served is read before the authority. A write then rests on an authority that was in
   * force after the version it replaces, so that a slow owner cannot put back what a faster one has moved on from.
   */
  async #observe(): Promise<{ readonly observed: Observed; readonly versions: Versions }> {
    const { authority, serving, configurations } = this.#world;
    const [servingRead, ...bundleReads] = await Promise.all([
      serving.read(),
      ...configurations.map(configuration => configuration.read()),
    ]);
    const authorityRead = await authority.read();
    return {
      observed: {
        state: authorityState(authorityRead?.content ?? null),
        serving: servingPair(servingRead?.content ?? null),
        bundles: bundleReads.map(read => read?.content ?? null),
      },
      versions: {
        authority: authorityRead?.version ?? null,
        serving: servingRead?.version ?? null,
        configurations: bundleReads.map(read => read?.version ?? null),
      },
    };
  }

  #decide(observed: Observed): Step {
    const { mint, monotonicMs } = this.#world;
    const { names, lifetimes } = this.#wish;
    const assessed = assess(observed, { names, nowMs: mint.nowMs() });
    const nowMs = monotonicMs();
    this.#sightings = this.#seen(assessed, nowMs);
    const authority = assessed.kind === 'authority' ? assessed.authorityPem : '';
    return nextStep(assessed, {
      announcedMs: seenForMs(this.#sightings.announced, authority, nowMs),
      switchedMs: seenForMs(this.#sightings.switched, authority, nowMs),
      overlapMs: lifetimes.overlapMs,
    });
  }

  #seen(assessed: Assessment, monotonicMs: number): Sightings {
    if (assessed.kind === 'no-authority') return NO_SIGHTINGS;
    const { authorityPem, isAnnounced, reasons } = assessed;
    const now = { authority: authorityPem, isAnnounced, isSwitched: reasons.length === 0 };
    return withSeen(this.#sightings, now, monotonicMs);
  }

  async #act(step: Exclude<Step, { kind: 'wait' | 'nothing' }>, versions: Versions): Promise<void> {
    const { authority, mint } = this.#world;
    const { names, lifetimes } = this.#wish;
    switch (step.kind) {
      case 'make-authority': {
        const made = newAuthority(mint, lifetimes.authorityMs);
        const { reasons, previous } = step;
        return this.#report(
          authority,
          await authority.write(authorityData(made, previous), versions.authority),
          { kind: 'authority-made', reasons, untilMs: untilMs(made), keptCount: previous.length },
        );
      }
      case 'keep-trusted':
        return this.#report(
          authority,
          await authority.write(authorityData(step.authority, step.previous), versions.authority),
          { kind: 'trusted-kept', count: step.previous.length },
        );
      case 'publish':
        await Promise.all(step.places.map(place => this.#publish(place, step.bundle, versions)));
        return;
      case 'issue': {
        const { serving } = this.#world;
        const issued = issueServing(step.authority, { names, lifetimeMs: lifetimes.servingMs }, mint);
        const data = servingData(issued, step.authorityPem);
        return this.#report(serving, await serving.write(data, versions.serving), {
          kind: 'issued',
          reasons: step.reasons,
          untilMs: untilMs(issued),
        });
      }
      case 'drop-previous':
        return this.#report(
          authority,
          await authority.write(authorityData(step.authority, []), versions.authority),
          { kind: 'previous-dropped', count: step.count },
        );
      default:
        return step satisfies never;
    }
  }

  async #publish(place: number, bundle: string, versions: Versions): Promise<void> {
    const configuration = this.#world.configurations[place];
    const version = versions.configurations[place] ?? null;
    // One that has gone meanwhile is read as such the next time; we never make one.
    if (configuration === undefined || version === null) return;
    this.#report(configuration, await configuration.write(bundle, version), {
      kind: 'published',
      configuration: configuration.name,
    });
  }

  #report(store: { readonly name: string }, outcome: WriteOutcome, event: CertificateEvent): void {
    this.#world.report(outcome === 'written' ? event : { kind: 'lost-race', object: store.name });
  }
}
