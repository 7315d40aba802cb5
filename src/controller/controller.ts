import type { ApiFailure, Outcome } from '../kube/api-outcome.ts';
import type { Clock, Random } from '../kube/clock.ts';
import type { EventRecorder } from '../kube/events/event-recorder.ts';
import type { ObjectRef } from '../kube/kind.ts';
import type { NamedSecrets } from '../kube/named-secrets.ts';
import type { ObjectClient } from '../kube/objects/object-client.ts';
import type { StoreSet } from '../kube/store/object-store.ts';
import { type ActOutcome, act } from './act.ts';
import { AdmissionNeeds, type WouldChange } from './admission-need.ts';
import { actedEvent, contestedEvent, noticeEvent, type UidOf } from './cluster-events.ts';
import { ControllerRecord, type ControllerStatus } from './controller-record.ts';
import { type ControllerKinds, observe } from './controller-stores.ts';
import { type Action, formatAction } from './decide/action.ts';
import { type Decision, decideActions } from './decide/decide-actions.ts';
import type { Notice } from './decide/notices.ts';
import type { ControllerOptions } from './decide/observed.ts';
import { isEdgeWanted } from './live-edges.ts';
import { ControllerLoop } from './loop.ts';
import { RepairLog } from './repair-log.ts';
import { SecretGrants } from './secret-grants.ts';

/** What happened, for logs and counters. */
export type ControllerEvent =
  | { readonly kind: 'acted'; readonly action: Action['kind']; readonly text: string }
  /** What we saw was not what is there. */
  | { readonly kind: 'stale'; readonly action: Action['kind']; readonly text: string }
  | {
      readonly kind: 'failed';
      readonly action: Action['kind'];
      readonly text: string;
      readonly failure: ApiFailure;
    }
  /** The API server did not say what the routers may read. */
  | { readonly kind: 'notAsked'; readonly failure: ApiFailure }
  | { readonly kind: 'bug'; readonly error: unknown };

export type ControllerWorld = {
  readonly stores: StoreSet<ControllerKinds>;
  readonly client: ObjectClient;
  readonly events: Pick<EventRecorder, 'record'>;
  readonly isLeader: () => boolean;
  /** Admission's word on a stored Ingress; src/cli knows admission, this folder does not. */
  readonly wouldChange: WouldChange;
  /** Whether the routers may read a Secret. */
  readonly mayRoutersRead: (secret: ObjectRef) => Promise<Outcome<boolean>>;
  /** The Secrets with certificates, as far as somebody lets us read them, to say what is wrong with them. */
  readonly secrets: Pick<NamedSecrets, 'follow' | 'values' | 'absent' | 'listen'>;
  readonly observer: (event: ControllerEvent) => void;
  readonly clock: Clock;
  readonly random: Random;
};

/** The controller of one cluster (DESIGN 5 and 6): edge Services, claims, repairs, status, Events. */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #world: ControllerWorld;
  readonly #needs: AdmissionNeeds;
  readonly #grants: SecretGrants;
  readonly #loop: ControllerLoop;
  readonly #unsubscribe: () => void;
  readonly #record = new ControllerRecord();
  #repairs = new RepairLog();

  constructor(options: ControllerOptions, world: ControllerWorld) {
    this.#options = options;
    this.#world = world;
    this.#needs = new AdmissionNeeds(options, world.wouldChange);
    this.#loop = new ControllerLoop({
      decide: () => this.#decide(),
      act: action => this.#act(action),
      isLeader: world.isLeader,
      onActed: (action, outcome) => this.#noteActed(action, outcome),
      onNews: news => this.#tell(news),
      onBug: error => {
        this.#record.bug();
        world.observer({ kind: 'bug', error });
      },
      clock: world.clock,
      random: world.random,
    });
    this.#grants = new SecretGrants({
      ask: world.mayRoutersRead,
      isLeader: world.isLeader,
      onChange: () => this.#loop.nudge(),
      onTrouble: failure => world.observer({ kind: 'notAsked', failure }),
      clock: world.clock,
    });
    world.secrets.listen({
      secretChanged: () => this.#loop.nudge(),
      secretsSettled: () => this.#loop.nudge(),
    });
    this.#unsubscribe = world.stores.subscribe(() => this.#loop.nudge());
  }

  get status(): ControllerStatus {
    return this.#record.status(this.#world.isLeader());
  }

  /** To be called when leadership is gained: what was learned of repairs may be old. */
  lead(): void {
    this.#repairs = new RepairLog();
    this.#loop.nudge();
  }

  stop(): Promise<void> {
    this.#unsubscribe();
    this.#grants.stop();
    return this.#loop.stop();
  }

  #decide(): Decision | null {
    const { stores, secrets, clock } = this.#world;
    const observed = observe(stores, {
      missingGrants: this.#grants.missing,
      secrets: [...secrets.values()],
      absentSecrets: secrets.absent,
      nowMs: clock.wallMs(),
    });
    if (observed === null) return null;
    const needOf = this.#needs.needOf(observed.ingressClasses);
    const decision = decideActions(observed, { options: this.#options, needOf, pacing: this.#repairs });
    this.#record.decided(decision);
    this.#grants.follow(decision.askedSecrets);
    secrets.follow(decision.certificateSecrets);
    return decision;
  }

  #act(action: Action): Promise<ActOutcome> {
    const { client, stores } = this.#world;
    return act(
      {
        client,
        isEdgeWanted: edge =>
          isEdgeWanted(client, edge, {
            options: this.#options,
            ingressClasses: [...stores.stores.ingressClasses.values()],
          }),
      },
      action,
    );
  }

  #noteActed(action: Action, outcome: ActOutcome): void {
    const { events, clock, observer } = this.#world;
    const text = formatAction(action);
    this.#record.acted(action, outcome);
    if (outcome.kind === 'failed')
      observer({ kind: 'failed', action: action.kind, text, failure: outcome.failure });
    else observer({ kind: outcome.kind === 'done' ? 'acted' : 'stale', action: action.kind, text });
    const event = actedEvent(action, outcome, this.#uidOf);
    if (event !== null) events.record(event);
    if (action.kind !== 'readmit' || outcome.kind !== 'done') return;
    const { changed } = outcome;
    if (!this.#repairs.note(action, { changed, nowMs: clock.wallMs() })) return;
    this.#record.contested();
    events.record(contestedEvent(action, changed, this.#uidOf));
  }

  #tell(news: readonly Notice[]): void {
    for (const notice of news) this.#world.events.record(noticeEvent(notice, this.#uidOf));
  }

  readonly #uidOf: UidOf = (kind, ref) => {
    const { ingresses, services, endpointSlices, claimMaps } = this.#world.stores.stores;
    const stores = {
      Ingress: ingresses,
      Service: services,
      EndpointSlice: endpointSlices,
      ConfigMap: claimMaps,
    };
    const store = Object.hasOwn(stores, kind) ? stores[kind as keyof typeof stores] : undefined;
    return store?.get(ref)?.metadata.uid ?? null;
  };
}
