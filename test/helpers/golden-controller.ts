import { AdmissionNeeds } from '../../src/controller/admission-need.ts';
import { type Action, formatAction } from '../../src/controller/decide/action.ts';
import { decideActions } from '../../src/controller/decide/decide-actions.ts';
import type { Notice } from '../../src/controller/decide/notices.ts';
import type { ControllerOptions, Observed } from '../../src/controller/decide/observed.ts';
import { STORED_INGRESS, STORED_SERVICE } from '../../src/controller/stored-kinds.ts';
import { isRecord } from '../../src/core/canonical-json.ts';
import { CLAIMS_KEY, printClaimRecords } from '../../src/core/claim-records.ts';
import { edgeServiceManifest } from '../../src/core/edge-service.ts';
import { formatProblem } from '../../src/core/problem.ts';
import type { Kind, Named, Versioned } from '../../src/kube/kind.ts';
import { CONFIG_MAP, ENDPOINT_SLICE, INGRESS_CLASS, NAMESPACE, SECRET } from '../../src/kube/kinds.ts';
import { readIncoming } from '../../src/kube/watching/incoming.ts';
import { OPTIONS, wouldChange } from './controller/simulated-cluster.ts';

/** The first document of a look of the controller; the others are all that is stored, as an API server tells it. */
type GoldenCase = {
  readonly kind: 'GoldenCase';
  readonly why?: string;
  readonly now?: string;
  readonly options?: Partial<ControllerOptions>;
  /** `done`: what is stored is what admission leaves. `asked`: admission is asked. @default 'done' */
  readonly admission?: 'done' | 'asked';
  /** Repairs that may not be made yet, by `namespace/name`, and when one may find out whether the webhook is back. */
  readonly repairs?: { readonly notBefore?: Readonly<Record<string, string>>; readonly probing?: string };
  /** Secrets that the routers may not read, by `namespace/name`. */
  readonly missingGrants?: readonly string[];
  /** Secrets with certificates that we may read and that are not there. */
  readonly absentSecrets?: readonly string[];
};

const CASE_FIELDS: ReadonlySet<string> = new Set([
  'kind',
  'why',
  'now',
  'options',
  'admission',
  'repairs',
  'missingGrants',
  'absentSecrets',
]);

const DEFAULT_NOW = '2026-06-01T00:00:00Z';

const goldenCase = (value: unknown): GoldenCase => {
  const isCase = (candidate: unknown): candidate is GoldenCase =>
    isRecord(candidate) && candidate.kind === 'GoldenCase';
  if (!isCase(value)) throw new Error('the first document says that it is a GoldenCase');
  const unknown = Object.keys(value).filter(name => !CASE_FIELDS.has(name));
  if (unknown.length > 0) throw new Error(`GoldenCase has no field ${unknown.join(', ')}`);
  return value;
};

type World = {
  readonly documents: readonly unknown[];
  readonly unreadable: string[];
  readonly blind: Set<string>;
};

const readAll = <T extends Named>(
  kind: Kind<T>,
  { documents, unreadable, blind }: World,
): readonly Versioned<T>[] =>
  documents
    .filter(document => isRecord(document) && document.kind === kind.name)
    .flatMap((document): readonly Versioned<T>[] => {
      const apiVersion = isRecord(document) ? String(document.apiVersion) : '';
      const incoming = readIncoming(kind, apiVersion, document);
      if (incoming === null) throw new Error(`a ${kind.name} without name, uid or resourceVersion`);
      const { parsed, resourceVersion, generation, namespace, name } = incoming;
      if (parsed.ok) return [{ object: parsed.value, resourceVersion, generation }];
      unreadable.push(...parsed.problems.map(problem => `${namespace}/${name}: ${formatProblem(problem)}`));
      if (kind.name === 'Ingress' || kind.name === 'Service') blind.add(namespace);
      return [];
    });

const objectsOf = <T>(versioned: readonly Versioned<T>[]): readonly T[] =>
  versioned.map(({ object }) => object);

/** What stands in the request, beside what its first line says. */
const bodyOf = (action: Action): unknown => {
  switch (action.kind) {
    case 'createEdge':
      return { manifest: edgeServiceManifest(action.spec) };
    case 'updateEdge':
      return { resourceVersion: action.resourceVersion, patch: action.patch };
    case 'removeEdge':
      return { resourceVersion: action.resourceVersion, uid: action.uid };
    case 'writeClaims':
      return {
        resourceVersion: action.resourceVersion,
        data: { [CLAIMS_KEY]: printClaimRecords(action.records) },
      };
    case 'readmit':
    case 'publishStatus':
      return { resourceVersion: action.resourceVersion };
    default:
      return action satisfies never;
  }
};

const eventText = ({ type, reason, object, message, settleMs }: Notice): string => {
  const after = settleMs === 0 ? '' : ` after ${settleMs / 1000} s`;
  return `${type} ${reason}${after}: ${object.kind} ${object.namespace}/${object.name}: ${message}`;
};

const timeText = (ms: number): string => (Number.isFinite(ms) ? new Date(ms).toISOString() : 'never');

/** What one look comes to: writes in their order, Events while they last, and when time alone makes another of it. */
export const goldenOutput = ([first, ...documents]: readonly unknown[]): unknown => {
  const golden = goldenCase(first);
  const options: ControllerOptions = { ...OPTIONS, ...golden.options };
  const world: World = { documents, unreadable: [], blind: new Set() };
  const ingresses = readAll(STORED_INGRESS, world);
  const ingressClasses = objectsOf(readAll(INGRESS_CLASS, world));
  const observed: Observed = {
    ingresses,
    services: readAll(STORED_SERVICE, world),
    endpointSlices: objectsOf(readAll(ENDPOINT_SLICE, world)),
    namespaces: objectsOf(readAll(NAMESPACE, world)),
    ingressClasses,
    claimMaps: readAll(CONFIG_MAP, world),
    blindNamespaces: world.blind,
    missingGrants: new Set(golden.missingGrants ?? []),
    secrets: objectsOf(readAll(SECRET, world)),
    absentSecrets: new Set(golden.absentSecrets ?? []),
    nowMs: Date.parse(golden.now ?? DEFAULT_NOW),
  };
  const { notBefore = {}, probing } = golden.repairs ?? {};
  const { actions, notices, wakeMs, edgeServices, claims } = decideActions(observed, {
    options,
    needOf:
      golden.admission === 'asked'
        ? new AdmissionNeeds(options, wouldChange).needOf(ingressClasses)
        : () => null,
    pacing: {
      dueMs: ({ namespace, name }) => Date.parse(notBefore[`${namespace}/${name}`] ?? '') || 0,
      probing: probing === undefined ? null : { nextMs: Date.parse(probing) },
    },
  });
  return {
    unreadable: world.unreadable,
    writes: actions.map(action => ({ write: formatAction(action), ...(bodyOf(action) as object) })),
    events: notices.map(eventText),
    edgeServices,
    claims,
    lookAgain: timeText(wakeMs),
  };
};
