import { canonicalJson, isRecord } from './canonical-json.ts';
import { failed, memberField, ok, type Problem, type Result, shownValue } from './problem.ts';

/** Stable Service -> track -> edge Service. */
export type ServiceMap = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The track that a plain string in a serviceMap, and a ticket without `to`, mean. */
export const DEFAULT_TRACK = 'edge';

/** The track of everybody who shows no ticket; never in a serviceMap. */
export const STABLE_TRACK = 'stable';

/**
 * What an API server may take as the name of a Service. Older ones want a letter first (RFC 1035), newer ones
 * do not; an Ingress must not be denied for a Service that its own API server has stored.
 */
const SERVICE_NAME = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

export const isServiceName = (name: string): boolean => SERVICE_NAME.test(name);

/** Tracks are label values and part of Service names. */
const TRACK_NAME = /^[a-z0-9](?:[-a-z0-9]{0,30}[a-z0-9])?$/;

export const isTrackName = (name: string): boolean => TRACK_NAME.test(name);

const problem = (
  code: 'ServiceConfigInvalid' | 'EdgeServiceInvalid',
  field: string,
  message: string,
  value: unknown,
): Problem => ({
  code,
  field,
  value: typeof value === 'string' ? value : canonicalJson(value),
  message,
});

type Reading = { readonly field: string; readonly problems: Problem[] };

/** A name that an edge could have: what a message proposes has to be valid itself, whatever the author wrote. */
const edgeExample = (stable: string, track = DEFAULT_TRACK): string => {
  const name = `${stable}-${track}`;
  return isServiceName(name) ? name : `cart-svc-${track}`;
};

const tracksIn = (
  stable: string,
  value: unknown,
  { field, problems }: Reading,
): ReadonlyMap<string, string> => {
  const tracks = new Map<string, string>();
  const written = typeof value === 'string' ? { [DEFAULT_TRACK]: value } : value;
  if (!isRecord(written)) {
    problems.push(
      problem(
        'ServiceConfigInvalid',
        field,
        `must be an edge Service's name, or map tracks to names, e.g. {"edge":"${edgeExample(stable)}"}.`,
        value,
      ),
    );
    return tracks;
  }
  for (const [track, edge] of Object.entries(written)) {
    const at = typeof value === 'string' ? field : memberField(field, track);
    if (typeof edge !== 'string') {
      problems.push(
        problem(
          'ServiceConfigInvalid',
          at,
          'must be the name of a Service in quotes, e.g. "cart-svc-edge".',
          edge,
        ),
      );
    } else if (!isServiceName(edge)) {
      problems.push(
        problem(
          'EdgeServiceInvalid',
          at,
          'is no Service name; use at most 63 lower-case letters, digits and "-".',
          edge,
        ),
      );
    } else if (track === STABLE_TRACK || !isTrackName(track)) {
      problems.push(
        problem(
          'EdgeServiceInvalid',
          at,
          'a track is named by at most 32 lower-case letters, digits and "-", and not "stable".',
          track,
        ),
      );
    } else {
      tracks.set(track, edge);
    }
  }
  return tracks;
};

/** An edge may be neither a stable Service of this map nor serve two of them (DESIGN 5, `EdgeServiceInvalid`). */
const conflicts = (map: ServiceMap, field: string): readonly Problem[] => {
  const problems: Problem[] = [];
  const owners = new Map<string, string>();
  for (const [stable, tracks] of map) {
    for (const [track, edge] of tracks) {
      const owner = owners.get(edge);
      if (map.has(edge)) {
        problems.push(
          problem(
            'EdgeServiceInvalid',
            memberField(field, stable),
            `its ${track} Service is listed as a stable Service too; give the edge a name of its own, e.g. "${edgeExample(stable, track)}".`,
            edge,
          ),
        );
      } else if (owner !== undefined) {
        problems.push(
          problem(
            'EdgeServiceInvalid',
            memberField(field, stable),
            `is already the edge of ${owner}; give this one a name of its own, e.g. "${edgeExample(stable, track)}".`,
            edge,
          ),
        );
      } else {
        owners.set(edge, `${isServiceName(stable) ? stable : shownValue(stable)}, track ${track}`);
      }
    }
  }
  return problems;
};

/**
 * Reads the serviceMap grammar (DESIGN 3), as it stands in the service-config and in `sluice.dev/edge-services`.
 * @returns the map, or every `ServiceConfigInvalid` and `EdgeServiceInvalid` in it
 */
export const readServiceMap = (value: unknown, field: string): Result<ServiceMap> => {
  if (!isRecord(value)) {
    return failed(
      problem(
        'ServiceConfigInvalid',
        field,
        'must map stable Services to edge Services, e.g. {"cart-svc":"cart-svc-edge"}.',
        value,
      ),
    );
  }
  const problems: Problem[] = [];
  const map = new Map<string, ReadonlyMap<string, string>>();
  for (const [stable, tracks] of Object.entries(value)) {
    if (!isServiceName(stable)) {
      problems.push(
        problem(
          'EdgeServiceInvalid',
          memberField(field, stable),
          'is no Service name; write the stable Service as it stands in the rules, e.g. "cart-svc".',
          stable,
        ),
      );
    }
    map.set(stable, tracksIn(stable, tracks, { field: memberField(field, stable), problems }));
  }
  problems.push(...conflicts(map, field));
  return problems.length === 0 ? ok(map) : failed(...problems);
};

/**
 * Reads what a Service says of its own edges: the name of its edge Service, or track -> name. No track is called like
 * the Service: whoever writes that means the map of an Ingress, which names stable Services.
 * @returns the tracks, or every `ServiceConfigInvalid` and `EdgeServiceInvalid` in them
 */
export const readServiceTracks = (
  stable: string,
  value: unknown,
  field: string,
): Result<ReadonlyMap<string, string>> => {
  const problems: Problem[] = [];
  const tracks = tracksIn(stable, value, { field, problems });
  const edge = tracks.get(stable);
  if (edge !== undefined) {
    problems.push(
      problem(
        'EdgeServiceInvalid',
        memberField(field, stable),
        `on a Service only its own tracks are named; write ${JSON.stringify(edge)} alone, or {"edge":${JSON.stringify(edge)}}.`,
        stable,
      ),
    );
  }
  problems.push(...conflicts(new Map([[stable, tracks]]), field).map(found => ({ ...found, field })));
  return problems.length === 0 ? ok(tracks) : failed(...problems);
};
