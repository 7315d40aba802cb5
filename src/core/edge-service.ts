import { createHash } from 'node:crypto';
import { annotationField } from './annotation-names.ts';
import { type Labels, parseLabelPairs } from './label-selector.ts';
import type { Service, ServicePort } from './objects/service.ts';
import { ok, type Result } from './problem.ts';
import { DEFAULT_TRACK } from './service-map.ts';

/** On a stable Service: the labels that tell its edge pods (DESIGN 4). */
export const EDGE_SELECTOR = 'sluice.dev/edge-selector';

/** On an edge Service: the stable one; only with this label is a Service ours to change (DESIGN 6). */
export const EDGE_OF_LABEL = 'sluice.dev/edge-of';

const MAX_SERVICE_NAME_LENGTH = 63;

/**
 * `<stable>-<track>`. Where that passes 63 characters: `<stable, cut>-<8 hex digits of its SHA-256>-<track>`
 * (DESIGN 6), so that the track stays readable and two long names that begin alike stay apart. A track has
 * at most 32 characters (`isTrackName`), so at least 21 of the stable name remain.
 */
export const edgeServiceName = (stable: string, track = DEFAULT_TRACK): string => {
  const name = `${stable}-${track}`;
  if (name.length <= MAX_SERVICE_NAME_LENGTH) return name;
  const digest = createHash('sha256').update(stable, 'utf8').digest('hex').slice(0, 8);
  const tail = `-${digest}-${track}`;
  return stable.slice(0, MAX_SERVICE_NAME_LENGTH - tail.length) + tail;
};

/**
 * The labels that are laid over a stable Service's selector: `sluice.dev/edge-selector`, default `track=edge`.
 * The annotation speaks of the track `edge` alone; any other track is told by `track=<track>`, since one
 * selector for two tracks would give both the same pods.
 */
export const readEdgeSelector = (service: Service, track = DEFAULT_TRACK): Result<Labels> => {
  const written = service.metadata.annotations[EDGE_SELECTOR];
  if (track === DEFAULT_TRACK && written !== undefined) {
    return parseLabelPairs(written, annotationField(EDGE_SELECTOR));
  }
  return ok({ track });
};

/** An edge Service as it should be (DESIGN 6). */
export type EdgeServiceSpec = {
  readonly namespace: string;
  readonly name: string;
  readonly stable: string;
  /** Null where the stable Service comes from a file. */
  readonly stableUid: string | null;
  readonly track: string;
  readonly selector: Labels;
  readonly ports: readonly ServicePort[];
  readonly ipFamilies: readonly string[];
};

/** `under` with `over` laid over it, keys sorted. */
const overlaid = (under: Labels, over: Labels): Labels => {
  const out: Record<string, string> = Object.create(null);
  for (const key of [...new Set([...Object.keys(under), ...Object.keys(over)])].sort()) {
    const value = Object.hasOwn(over, key) ? over[key] : under[key];
    if (value !== undefined) out[key] = value;
  }
  return out;
};

/** The edge Service of a stable one that has a selector. */
export const edgeServiceSpec = (
  stable: Service & { readonly selector: Labels },
  edge: { readonly name: string; readonly track: string; readonly selector: Labels },
): EdgeServiceSpec => ({
  namespace: stable.metadata.namespace,
  name: edge.name,
  stable: stable.metadata.name,
  stableUid: stable.metadata.uid,
  track: edge.track,
  selector: overlaid(stable.selector, edge.selector),
  ports: stable.ports,
  ipFamilies: stable.ipFamilies,
});

/** An edge Service in our own type, as if it were stored already: what standalone routes to. */
export const edgeServiceObject = (spec: EdgeServiceSpec): Service => ({
  kind: 'Service',
  metadata: {
    namespace: spec.namespace,
    name: spec.name,
    uid: null,
    labels: { [EDGE_OF_LABEL]: spec.stable },
    annotations: {},
    createdMs: null,
    deleting: false,
    file: '',
    fileOrder: 0,
  },
  type: 'ClusterIP',
  selector: spec.selector,
  ports: spec.ports,
  ipFamilies: spec.ipFamilies,
});

/** The Services of a source with the edge Services laid over them, as they are once the controller has acted. */
export const withEdgeServices = (
  services: readonly Service[],
  specs: readonly EdgeServiceSpec[],
): readonly Service[] => {
  const identity = (namespace: string, name: string): string => `${namespace}/${name}`;
  const ours = new Set(specs.map(spec => identity(spec.namespace, spec.name)));
  const others = services.filter(({ metadata }) => !ours.has(identity(metadata.namespace, metadata.name)));
  return [...others, ...specs.map(edgeServiceObject)];
};

/** The core/v1 manifest of an edge Service. */
export type EdgeServiceManifest = {
  readonly apiVersion: 'v1';
  readonly kind: 'Service';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Labels;
    readonly ownerReferences?: readonly {
      readonly apiVersion: 'v1';
      readonly kind: 'Service';
      readonly name: string;
      readonly uid: string;
    }[];
  };
  readonly spec: {
    readonly type: 'ClusterIP';
    readonly clusterIP: 'None';
    readonly selector: Labels;
    readonly ports: readonly {
      readonly name?: string;
      readonly port: number;
      readonly protocol: string;
      readonly targetPort: number | string;
      readonly appProtocol?: string;
    }[];
    readonly ipFamilies?: readonly string[];
    readonly ipFamilyPolicy?: 'SingleStack' | 'RequireDualStack';
  };
};

const manifestPort = ({ name, port, protocol, targetPort, appProtocol }: ServicePort) => ({
  ...(name === '' ? {} : { name }),
  port,
  protocol,
  targetPort,
  ...(appProtocol === null ? {} : { appProtocol }),
});

/** An edge Service as it is sent to the API server: headless, owned by the stable one, whose deletion it never blocks. */
export const edgeServiceManifest = (spec: EdgeServiceSpec): EdgeServiceManifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: spec.name,
    namespace: spec.namespace,
    labels: { [EDGE_OF_LABEL]: spec.stable },
    ...(spec.stableUid === null
      ? {}
      : { ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name: spec.stable, uid: spec.stableUid }] }),
  },
  spec: {
    type: 'ClusterIP',
    // No virtual address: kube-proxy has nothing to program for it.
    clusterIP: 'None',
    selector: spec.selector,
    ports: spec.ports.map(manifestPort),
    // Two families without a policy are refused where the cluster's default is SingleStack.
    ...(spec.ipFamilies.length === 0
      ? {}
      : {
          ipFamilies: spec.ipFamilies,
          ipFamilyPolicy: spec.ipFamilies.length === 1 ? 'SingleStack' : 'RequireDualStack',
        }),
  },
});
