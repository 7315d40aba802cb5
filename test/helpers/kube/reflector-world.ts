import type { ExecutionContext } from 'ava';
import type { ConfigMap } from '../../../src/core/objects/config-map.ts';
import { type Clock, systemClock } from '../../../src/kube/clock.ts';
import { type Connection, connectionTo } from '../../../src/kube/connection/connection.ts';
import { CONFIG_MAP } from '../../../src/kube/kinds.ts';
import { ApiObjectClient } from '../../../src/kube/objects/api-object-client.ts';
import { type WatchedKinds, watchKinds } from '../../../src/kube/watch-kinds.ts';
import { PACING } from '../../../src/kube/watching/next-step.ts';
import type {
  ReflectorStatus,
  ReflectorTimes,
  Trouble,
} from '../../../src/kube/watching/reflector-options.ts';
import { FaultProxy } from './fault-proxy.ts';
import { plainAccess } from './plain-access.ts';

/** Waits of seconds made short; what the cases look at is the order of things, not how long they take. */
export const FAST: ReflectorTimes = {
  idleMs: 30_000,
  watchMs: 300_000,
  listTimeoutMs: 2_000,
  pacing: { ...PACING, backoffMs: 2, longestBackoffMs: 20, healthyAfterMs: 50, listIntervalMs: 5 },
};

/** Selects what a test has made, beside what a real cluster puts into every namespace. */
const LABEL = 'sluice-test';

export type ReflectorWorld = {
  readonly proxy: FaultProxy;
  /** ConfigMaps of one namespace, watched through the proxy. */
  readonly watched: WatchedKinds<{ ConfigMap: ConfigMap }>;
  readonly troubles: readonly Trouble[];
  /** `name=value` of all that is known, sorted; what the cases compare. */
  readonly known: () => readonly string[];
  readonly status: () => ReflectorStatus;
  /** Writes that go past the proxy. */
  readonly put: (name: string, value: string) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
  /** Waits for something to become true, looking again whenever anything has happened. */
  readonly until: (what: () => boolean) => Promise<void>;
  readonly synced: () => Promise<void>;
  readonly watching: () => Promise<void>;
};

export type WorldOptions = {
  /** The API server behind the proxy. */
  readonly upstream: Connection;
  readonly namespace: string;
  readonly clock?: Clock;
  readonly times?: Partial<ReflectorTimes>;
};

/** A reflector that looks at an API server through a proxy that can do it harm. Ends with the test. */
export const reflectorWorld = async (
  t: ExecutionContext,
  { upstream, namespace, clock = systemClock, times = {} }: WorldOptions,
): Promise<ReflectorWorld> => {
  const waiting = new Set<() => void>();
  // A turn later: what has been told of is then also done.
  const lookAgain = (): void => {
    setImmediate(() => {
      for (const look of [...waiting]) look();
    });
  };
  const proxy = new FaultProxy(upstream.transport, lookAgain);
  await proxy.up();
  const direct = new ApiObjectClient({ connection: upstream, clock: systemClock });
  const troubles: Trouble[] = [];
  const connection = connectionTo(plainAccess(proxy.url), clock);
  const watched = watchKinds<{ ConfigMap: ConfigMap }>(
    { ConfigMap: CONFIG_MAP },
    {
      connection,
      clock,
      random: () => 0.5,
      times: { ...FAST, ...times },
      selections: { ConfigMap: { namespace, labelSelector: `${LABEL}=yes` } },
      onTrouble: trouble => {
        troubles.push(trouble);
        lookAgain();
      },
    },
  );
  watched.subscribe(lookAgain);
  // What a watch brings without changing anything is no batch; it is seen on this beat.
  const beat = setInterval(lookAgain, 5);
  t.teardown(async () => {
    clearInterval(beat);
    await watched.stop();
    connection.transport.close();
    await proxy.down();
  });
  const status = (): ReflectorStatus => {
    const [only] = watched.statuses;
    if (only === undefined) throw new Error('there is one reflector');
    return only;
  };
  const until = (what: () => boolean): Promise<void> =>
    new Promise(resolve => {
      const look = (): void => {
        if (!what()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  const must = async (outcome: Promise<{ readonly ok: boolean }>): Promise<void> => {
    const settled = await outcome;
    if (!settled.ok) throw new Error(JSON.stringify(settled));
  };
  return {
    proxy,
    watched,
    troubles,
    status,
    until,
    known: () =>
      [...watched.stores.ConfigMap.values()]
        .map(({ metadata, data }) => `${metadata.name}=${data.value}`)
        .sort(),
    put: async (name, value) => {
      const manifest = { metadata: { name, labels: { [LABEL]: 'yes' } }, data: { value } };
      const created = await direct.create(CONFIG_MAP, namespace, manifest);
      if (created.ok) return;
      await must(direct.patch(CONFIG_MAP, { namespace, name }, { type: 'merge', body: { data: { value } } }));
    },
    remove: name => must(direct.delete(CONFIG_MAP, { namespace, name })),
    synced: () => until(() => watched.synced),
    watching: () => until(() => status().watching),
  };
};
