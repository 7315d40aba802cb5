import type { Json } from '../../core/canonical-json.ts';
import type { ClaimRecords } from '../../core/claim-records.ts';
import type { EdgeServiceSpec } from '../../core/edge-service.ts';
import type { ObjectRef } from '../../kube/kind.ts';
import type { EntryPoint } from '../stored-kinds.ts';

/** One write to the API server. All but creations name the version that the decision rests on. */
export type Action =
  | { readonly kind: 'createEdge'; readonly spec: EdgeServiceSpec }
  | {
      readonly kind: 'updateEdge';
      readonly spec: EdgeServiceSpec;
      readonly resourceVersion: string;
      /** Merge patch (RFC 7386) of what differs. */
      readonly patch: { readonly [field: string]: Json };
      /** Paths of what differs, for people. */
      readonly fields: readonly string[];
    }
  | (ObjectRef & {
      readonly kind: 'removeEdge';
      readonly uid: string | null;
      readonly resourceVersion: string;
      readonly stable: string;
      /** It is made again at once: something in it cannot be changed. */
      readonly toBeMadeAgain: boolean;
    })
  | (ObjectRef & {
      readonly kind: 'writeClaims';
      /** Null: the ConfigMap is not there yet. */
      readonly resourceVersion: string | null;
      readonly records: ClaimRecords;
      /** `+ shop.example of team-a`, for people. */
      readonly changes: readonly string[];
    })
  | (ObjectRef & {
      readonly kind: 'readmit';
      /** `repair`: it is not as admission would leave it; `leave`: it is not ours any more (DESIGN 5). */
      readonly why: 'repair' | 'leave';
      readonly uid: string | null;
      readonly generation: number | null;
      readonly resourceVersion: string;
    })
  | (ObjectRef & {
      readonly kind: 'publishStatus';
      readonly resourceVersion: string;
      readonly entryPoints: readonly EntryPoint[];
    });

/** Which object an action writes. */
export const actionTarget = (action: Action): { readonly kind: string } & ObjectRef => {
  switch (action.kind) {
    case 'createEdge':
    case 'updateEdge':
      return { kind: 'Service', namespace: action.spec.namespace, name: action.spec.name };
    case 'removeEdge':
      return { kind: 'Service', namespace: action.namespace, name: action.name };
    case 'writeClaims':
      return { kind: 'ConfigMap', namespace: action.namespace, name: action.name };
    case 'readmit':
      return { kind: 'Ingress', namespace: action.namespace, name: action.name };
    case 'publishStatus':
      return { kind: 'Ingress/status', namespace: action.namespace, name: action.name };
    default:
      return action satisfies never;
  }
};

/** `Service shop/cart-svc-edge`: equal for actions on one object. */
export const actionKey = (action: Action): string => {
  const { kind, namespace, name } = actionTarget(action);
  return `${kind} ${namespace}/${name}`;
};

const entryPointText = ({ ip, hostname }: EntryPoint): string => ip ?? hostname ?? '';

const detail = (action: Action): string => {
  switch (action.kind) {
    case 'createEdge':
      return `of ${action.spec.stable}, track ${action.spec.track}`;
    case 'updateEdge':
      return action.fields.join(', ');
    case 'removeEdge':
      return action.toBeMadeAgain ? `of ${action.stable}, to be made again` : `of ${action.stable}`;
    case 'writeClaims':
      return action.changes.join(', ');
    case 'readmit':
      return action.why;
    case 'publishStatus':
      return action.entryPoints.map(entryPointText).join(', ') || 'none';
    default:
      return action satisfies never;
  }
};

/** `createEdge Service shop/cart-svc-edge: of cart-svc, track edge`. */
export const formatAction = (action: Action): string =>
  `${action.kind} ${actionKey(action)}: ${detail(action)}`;

/** In the order in which they are done: first what requests hang on, last what people read. */
export const ACTION_KINDS: readonly Action['kind'][] = [
  'createEdge',
  'updateEdge',
  'removeEdge',
  'writeClaims',
  'readmit',
  'publishStatus',
];

export const compareActions = (a: Action, b: Action): number =>
  ACTION_KINDS.indexOf(a.kind) - ACTION_KINDS.indexOf(b.kind) || (actionKey(a) < actionKey(b) ? -1 : 1);
