import type { Namespace } from '../../core/objects/namespace.ts';
import type { ObjectRef, Versioned } from '../../kube/kind.ts';
import type { StoredIngress } from '../stored-kinds.ts';
import type { Action } from './action.ts';
import type { ControllerOptions, Observed, WakeTime } from './observed.ts';

/** On a Namespace: `ignore` keeps the webhook, and so repairs, away from it (webhook-config/). */
export const WEBHOOK_LABEL = 'sluice.dev/webhook';

/** What admission would do with a stored Ingress that is written again unchanged; null: nothing. */
export type AdmissionNeed = (ingress: StoredIngress) => 'repair' | 'leave' | null;

/** What earlier repairs came to, as far as it says when the next one may be. */
export type RepairPacing = {
  /** Milliseconds since the epoch; 0: at once. */
  dueMs(ingress: ObjectRef & { readonly uid: string | null }): number;
  /** The webhook seems to be away: one repair at a time finds out whether it is back, from `nextMs` on. */
  readonly probing: { readonly nextMs: number } | null;
};

const isExcluded = (
  namespace: string,
  { labelled, ownNamespace }: { readonly labelled: ReadonlySet<string>; readonly ownNamespace: string },
): boolean => namespace === ownNamespace || namespace === 'kube-system' || labelled.has(namespace);

const ignoredNamespaces = (namespaces: readonly Namespace[]): ReadonlySet<string> =>
  new Set(
    namespaces
      .filter(({ metadata }) => metadata.labels[WEBHOOK_LABEL] === 'ignore')
      .map(({ metadata }) => metadata.name),
  );

type Candidate = { readonly action: Action; readonly dueMs: number };

const candidateOf = (
  { object, resourceVersion, generation }: Versioned<StoredIngress>,
  needOf: AdmissionNeed,
  pacing: RepairPacing,
): readonly Candidate[] => {
  const why = needOf(object);
  if (why === null) return [];
  const { namespace, name, uid } = object.metadata;
  return [
    {
      action: { kind: 'readmit', namespace, name, uid, why, generation, resourceVersion },
      dueMs: pacing.dueMs({ namespace, name, uid }),
    },
  ];
};

/**
 * Sends through admission once more what was stored while the webhook was away, and what is not ours any more
 * (DESIGN 5 "Repair", "Leaving"): the webhook does the rewriting.
 */
export const decideRepairs = (
  { ingresses, namespaces, nowMs }: Pick<Observed, 'ingresses' | 'namespaces' | 'nowMs'>,
  { ownNamespace }: Pick<ControllerOptions, 'ownNamespace'>,
  { needOf, pacing }: { readonly needOf: AdmissionNeed; readonly pacing: RepairPacing },
): { readonly actions: readonly Action[]; readonly wakeMs: WakeTime } => {
  const excluded = { labelled: ignoredNamespaces(namespaces), ownNamespace };
  const candidates = ingresses
    .filter(({ object }) => !isExcluded(object.metadata.namespace, excluded))
    .flatMap(ingress => candidateOf(ingress, needOf, pacing));
  if (candidates.length === 0) return { actions: [], wakeMs: Number.POSITIVE_INFINITY };
  const { probing } = pacing;
  const earliestMs = probing?.nextMs ?? 0;
  const due = candidates.filter(({ dueMs }) => Math.max(dueMs, earliestMs) <= nowMs);
  const later = candidates.map(({ dueMs }) => Math.max(dueMs, earliestMs)).filter(readyMs => readyMs > nowMs);
  const chosen = probing === null ? due : due.toSorted((a, b) => a.dueMs - b.dueMs).slice(0, 1);
  return { actions: chosen.map(({ action }) => action), wakeMs: Math.min(...later) };
};
