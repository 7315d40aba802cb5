import { isRecord } from '../../core/canonical-json.ts';
import type { Outcome } from '../api-outcome.ts';
import type { Clock } from '../clock.ts';
import type { Kind, Named } from '../kind.ts';
import { failureOf } from './api-failure.ts';
import { callApi } from './call-api.ts';
import type { Transport } from './transport.ts';

/** Which API versions this server has (discovery, `GET /apis`). */
export interface ServedApis {
  /** The best version of a kind that is served; `notFound` if none is. */
  versionOf(kind: Pick<Kind<Named>, 'name' | 'apiVersions'>): Promise<Outcome<string>>;
  /** Asks again at the next call: a server was upgraded under us. */
  forget(): void;
}

const DISCOVERY_TIMEOUT_MS = 15_000;

/** `group/version` of every group in an APIGroupList; what has another shape is skipped. */
const groupVersions = (answer: unknown): ReadonlySet<string> => {
  const groups = isRecord(answer) && Array.isArray(answer.groups) ? answer.groups : [];
  const served = groups.flatMap((group: unknown) => {
    const versions = isRecord(group) && Array.isArray(group.versions) ? group.versions : [];
    return versions.flatMap((version: unknown) =>
      isRecord(version) && typeof version.groupVersion === 'string' ? [version.groupVersion] : [],
    );
  });
  // The core group has no group; every API server has it.
  return new Set(['v1', ...served]);
};

export const discoverApis = (transport: Transport, clock: Pick<Clock, 'after'>): ServedApis => {
  let known: Promise<Outcome<ReadonlySet<string>>> | null = null;
  const ask = async (): Promise<Outcome<ReadonlySet<string>>> => {
    const answer = await callApi(
      { method: 'GET', path: '/apis' },
      { transport, clock, timeoutMs: DISCOVERY_TIMEOUT_MS },
    );
    // A failure is not remembered.
    if (!answer.ok) known = null;
    return answer.ok ? { ok: true, value: groupVersions(answer.value) } : answer;
  };
  return {
    versionOf: async ({ name, apiVersions }) => {
      // What only the core group has needs no question.
      if (apiVersions[0] === 'v1') return { ok: true, value: 'v1' };
      known ??= ask();
      const served = await known;
      if (!served.ok) return served;
      const version = apiVersions.find(candidate => served.value.has(candidate));
      if (version !== undefined) return { ok: true, value: version };
      const answer = `this server has none of ${apiVersions.join(', ')}`;
      return {
        ok: false,
        failure: failureOf({ asked: `versions of ${name}`, status: 404, retryAfterMs: null, answer }),
      };
    },
    forget: () => {
      known = null;
    },
  };
};
