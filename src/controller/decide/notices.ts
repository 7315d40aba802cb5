import { readApplied } from '../../core/applied.ts';
import type { IngressReading } from '../../core/ingress-reading.ts';
import type { Scope } from '../../core/ingress-scope.ts';
import { objectName } from '../../core/objects/metadata.ts';
import type { TcpReading } from '../../core/tcp-reading.ts';
import type { Translation } from '../../core/translation/translation.ts';
import type { Observed, WakeTime } from './observed.ts';

/** Something that is the case and that people should know of an object; an Event where it lasts. */
export type Notice = {
  readonly object: { readonly kind: string; readonly namespace: string; readonly name: string };
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** How long it has to be the case before it is told: what a rollout passes through is nobody's news. */
  readonly settleMs: number;
};

/** A Service that was just made has no endpoints for a second, and a rollout may empty an edge for some. */
const EDGE_SETTLE_MS = 15_000;

/** Stores of several kinds are never quite of one moment. */
const SETTLE_MS = 1_000;

const emptyEdges = (
  { plan, edgeServices }: Pick<Translation, 'plan' | 'edgeServices'>,
  { services }: Pick<Observed, 'services'>,
): readonly Notice[] => {
  const stored = new Set(services.map(({ object }) => objectName(object.metadata)));
  const empty = new Set(
    plan.pools
      .filter(({ id, state }) => state === 'empty' && id.endsWith('#edge'))
      .map(({ id }) => id.slice(0, id.lastIndexOf(':'))),
  );
  return edgeServices
    .filter(spec => stored.has(objectName(spec)) && empty.has(objectName(spec)))
    .map(({ namespace, name, stable, track }) => ({
      object: { kind: 'Service', namespace, name },
      type: 'Warning',
      reason: 'EdgeWithoutReadyPods',
      message: `no pod of ${stable}'s track ${track} is ready, so tickets to it are answered as on-empty-edge says (stable pods, unless it is "unavailable"); look at its pods, or take the ticket away.`,
      settleMs: EDGE_SETTLE_MS,
    }));
};

/** Whoever wrote tickets. */
export type TicketedReading = IngressReading | TcpReading;

const expiredTickets = (readings: readonly TicketedReading[], nowMs: number): readonly Notice[] =>
  readings.flatMap(reading => {
    const { kind, metadata } = 'ingress' in reading ? reading.ingress : reading.service;
    return reading.tickets.flatMap(({ index, expiresMs, description }): readonly Notice[] =>
      expiresMs === null || expiresMs > nowMs
        ? []
        : [
            {
              object: { kind, namespace: metadata.namespace, name: metadata.name },
              type: 'Normal',
              reason: 'TicketExpired',
              message: `ticket ${index}${description === null ? '' : ` (${JSON.stringify(description.slice(0, 120))})`} expired at ${new Date(expiresMs).toISOString()}; it matches nobody. Take it out, or give it a later time.`,
              settleMs: 0,
            },
          ],
    );
  });

/** Deleting an IngressClass gives nothing back: somebody may be about to make it again (DESIGN 5, "Leaving"). */
export const orphans = (
  { ingresses }: Pick<Observed, 'ingresses'>,
  scope: Scope,
  controllerName: string,
): readonly Notice[] =>
  ingresses.flatMap(({ object }): readonly Notice[] => {
    const { metadata } = object;
    const className = scope.missingClassOf(object);
    if (metadata.deleting || className === null) return [];
    if (scope.entryOf(object) !== null || readApplied(metadata.annotations)?.by !== controllerName) return [];
    return [
      {
        object: { kind: 'Ingress', namespace: metadata.namespace, name: metadata.name },
        type: 'Warning',
        reason: 'IngressClassGone',
        message: `no IngressClass ${JSON.stringify(className)} is there any more: the router does not serve this Ingress, and its hosts stay keys. Make the class again, or give the Ingress another one: then it gets its hosts back.`,
        settleMs: SETTLE_MS,
      },
    ];
  });

/** What is the case of stored objects, from the one translation that edges are decided by as well. */
export const decideNotices = (
  translation: Pick<Translation, 'plan' | 'edgeServices' | 'reports'>,
  readings: readonly TicketedReading[],
  observed: Pick<Observed, 'services' | 'nowMs'>,
): { readonly notices: readonly Notice[]; readonly wakeMs: WakeTime } => {
  const { nowMs } = observed;
  const ends = readings.flatMap(({ tickets }) =>
    tickets.flatMap(({ expiresMs }) => (expiresMs === null || expiresMs <= nowMs ? [] : [expiresMs])),
  );
  return {
    notices: [
      ...translation.reports.map(
        ({ reason, object, message }): Notice => ({
          object,
          type: 'Warning',
          reason,
          message,
          settleMs: SETTLE_MS,
        }),
      ),
      ...emptyEdges(translation, observed),
      ...expiredTickets(readings, nowMs),
    ],
    wakeMs: ends.reduce((first, end) => Math.min(first, end), Number.POSITIVE_INFINITY),
  };
};
