import { objectName } from '../core/objects/metadata.ts';
import type { ClusterEvent, EventObject } from '../kube/events/event-recorder.ts';
import type { ActOutcome } from './act.ts';
import type { Action } from './decide/action.ts';
import type { Notice } from './decide/notices.ts';
import { UNCONTESTED_REPAIRS } from './repair-log.ts';

/** Looks up the uid of an object, so that `kubectl describe` finds its Events; null where it is not known. */
export type UidOf = (
  kind: string,
  ref: { readonly namespace: string; readonly name: string },
) => string | null;

const API_VERSIONS: Readonly<Record<string, string>> = {
  EndpointSlice: 'discovery.k8s.io/v1',
  Ingress: 'networking.k8s.io/v1',
};

const eventObject = ({ kind, namespace, name }: Notice['object'], uidOf: UidOf): EventObject => ({
  apiVersion: API_VERSIONS[kind] ?? 'v1',
  kind,
  namespace,
  name,
  uid: uidOf(kind, { namespace, name }),
});

export const noticeEvent = ({ object, type, reason, message }: Notice, uidOf: UidOf): ClusterEvent => ({
  object: eventObject(object, uidOf),
  type,
  reason,
  message,
});

const normal = (object: Notice['object'], reason: string, message: string): Notice => ({
  object,
  type: 'Normal',
  reason,
  message,
  settleMs: 0,
});

const readmittedNotice = ({
  namespace,
  name,
  why,
}: Extract<Action, { readonly kind: 'readmit' }>): Notice => {
  const object = { kind: 'Ingress', namespace, name };
  return why === 'repair'
    ? normal(object, 'IngressRepaired', 'was stored while the webhook was away; it has its host keys now.')
    : normal(object, 'IngressRestored', 'is of another class now; it has its own hosts back.');
};

/** What people are told of a write that went through; null: nothing that they asked about. */
const actedNotice = (action: Action): Notice | null => {
  switch (action.kind) {
    case 'createEdge': {
      const { namespace, name, stable, track } = action.spec;
      return normal(
        { kind: 'Service', namespace, name: stable },
        'EdgeServiceCreated',
        `made the Service ${name} for its track ${track}.`,
      );
    }
    case 'updateEdge': {
      const { namespace, name, stable } = action.spec;
      return normal(
        { kind: 'Service', namespace, name: stable },
        'EdgeServiceUpdated',
        `set ${action.fields.join(', ')} of ${name} to what they should be.`,
      );
    }
    case 'removeEdge': {
      const { namespace, name, stable, toBeMadeAgain } = action;
      const why = toBeMadeAgain
        ? 'something in it cannot be changed; it is made again'
        : 'no rule names it any more';
      return normal(
        { kind: 'Service', namespace, name: stable },
        'EdgeServiceRemoved',
        `removed the Service ${name}: ${why}.`,
      );
    }
    case 'readmit':
      return readmittedNotice(action);
    default:
      return null;
  }
};

export const actedEvent = (action: Action, outcome: ActOutcome, uidOf: UidOf): ClusterEvent | null => {
  if (outcome.kind !== 'done' || !outcome.changed) return null;
  const notice = actedNotice(action);
  return notice === null ? null : noticeEvent(notice, uidOf);
};

/** Told once, when repairs turn out to be in vain. */
export const contestedEvent = (
  action: Extract<Action, { readonly kind: 'readmit' }>,
  changed: boolean,
  uidOf: UidOf,
): ClusterEvent => {
  const { namespace, name } = action;
  const cause = changed
    ? 'each was undone; look in managedFields for what writes its rules or annotations past the webhook'
    : 'none changed anything; look whether the webhook is ready, and whether its configuration and flags take this Ingress';
  const next = changed
    ? 'It is tried less and less often from now on.'
    : 'Every 15 seconds one Ingress is tried, until one is rewritten; then all are.';
  return {
    object: eventObject({ kind: 'Ingress', namespace, name }, uidOf),
    type: 'Warning',
    reason: 'RepairContested',
    message: `${objectName({ namespace, name })} was repaired ${UNCONTESTED_REPAIRS} times, but ${cause}. ${next}`,
  };
};
