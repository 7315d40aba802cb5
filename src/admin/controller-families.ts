import { each, type MetricFamily, maybe, one } from './metric-family.ts';

/** A controller at one moment. What only a leader knows is null or empty in the others. */
export type ControllerFacts = {
  readonly isLeading: boolean;
  readonly looks: number;
  readonly failedLooks: number;
  /** By kind of write, then by outcome. */
  readonly writes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Writes that are due or wait for their time, by kind. */
  readonly pending: Readonly<Record<string, number>>;
  /** What is the case of stored objects, by the reason of its Event. */
  readonly notices: Readonly<Record<string, number>>;
  readonly contestedRepairs: number;
  readonly edgeServices: number | null;
  readonly claims: {
    readonly recorded: number;
    readonly unrecorded: number;
    readonly fullestBytes: number;
  } | null;
  readonly events: Readonly<Record<string, number>>;
  /** Seconds since the epoch; null: not there, not ours to make, or not read. */
  readonly certificateEnds: { readonly authority: number | null; readonly serving: number | null };
};

type ControllerFamily = MetricFamily<ControllerFacts>;

const LEADING: readonly ControllerFamily[] = [
  {
    kind: 'gauge',
    name: 'sluice_controller_leading',
    help: '1 while this controller leads; the sum over all controllers should be 1.',
    samples: ({ isLeading }) => one(Number(isLeading)),
  },
  {
    kind: 'counter',
    name: 'sluice_controller_looks_total',
    help: 'Looks at the whole cluster; only a leader looks.',
    samples: ({ looks }) => one(looks),
  },
  {
    kind: 'counter',
    name: 'sluice_controller_failed_looks_total',
    help: 'Looks that failed by a bug; the reason is in the log.',
    samples: ({ failedLooks }) => one(failedLooks),
  },
];

const WRITING: readonly ControllerFamily[] = [
  {
    kind: 'gauge',
    name: 'sluice_controller_pending_writes',
    labelNames: ['write'],
    help: 'Writes that are due or wait for their time, as after a failure.',
    samples: ({ pending }) => each('write', pending),
  },
  {
    kind: 'counter',
    name: 'sluice_controller_writes_total',
    labelNames: ['write', 'outcome'],
    help: 'Writes by what became of them; stale: what was seen was not what is there.',
    samples: ({ writes }) =>
      Object.entries(writes).flatMap(([write, outcomes]) =>
        Object.entries(outcomes).map(([outcome, value]) => ({ labels: { write, outcome }, value })),
      ),
  },
  {
    kind: 'counter',
    name: 'sluice_controller_contested_repairs_total',
    help: 'Ingresses that were repaired in vain, so that repairs got rarer.',
    samples: ({ contestedRepairs }) => one(contestedRepairs),
  },
  {
    kind: 'counter',
    name: 'sluice_controller_events_total',
    labelNames: ['outcome'],
    help: 'Events for people; suppressed: too many about one object.',
    samples: ({ events }) => each('outcome', events),
  },
];

const CLUSTER: readonly ControllerFamily[] = [
  {
    kind: 'gauge',
    name: 'sluice_controller_edge_services',
    help: 'Edge Services that there should be, those that are not ours left out.',
    samples: ({ edgeServices }) => maybe(edgeServices),
  },
  {
    kind: 'gauge',
    name: 'sluice_controller_notices',
    labelNames: ['reason'],
    help: 'What is the case of stored objects and is told in Events, such as HostTaken or EdgeServiceUnmanaged.',
    samples: ({ notices }) => each('reason', notices),
  },
  {
    kind: 'gauge',
    name: 'sluice_controller_claims',
    help: 'Hosts and TCP ports on record, those included whose last Ingress or Service has just gone.',
    samples: ({ claims }) => maybe(claims?.recorded ?? null),
  },
  {
    kind: 'gauge',
    name: 'sluice_controller_claims_unrecorded',
    help: 'Hosts and TCP ports for which the record has no room, so that the oldest object has them; should be 0.',
    samples: ({ claims }) => maybe(claims?.unrecorded ?? null),
  },
  {
    kind: 'gauge',
    name: 'sluice_controller_claims_fullest_bytes',
    help: 'Size of the largest ConfigMap of claims, which may have 512000 bytes.',
    samples: ({ claims }) => maybe(claims?.fullestBytes ?? null),
  },
  {
    kind: 'gauge',
    name: 'sluice_controller_certificate_ends_timestamp_seconds',
    labelNames: ['certificate'],
    help: 'When the authority and the serving certificate of the webhook end, where the controller makes them.',
    samples: ({ certificateEnds }) =>
      Object.entries(certificateEnds).flatMap(([certificate, value]) =>
        value === null ? [] : [{ labels: { certificate }, value }],
      ),
  },
];

/** Every metric of a controller, beside those of what it follows and of its process. */
export const CONTROLLER_FAMILIES: readonly ControllerFamily[] = [...LEADING, ...WRITING, ...CLUSTER];
