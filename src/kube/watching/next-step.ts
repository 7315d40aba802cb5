import type { ApiFailure, ApiFailureKind } from '../api-outcome.ts';
import type { Random } from '../clock.ts';
import type { ForeignEnd } from './watch-objects.ts';

export type Pacing = {
  /** First pause after something went wrong; doubled each time. */
  readonly backoffMs: number;
  readonly longestBackoffMs: number;
  /** A watch that was open for as long was no failure: pauses begin anew. */
  readonly healthyAfterMs: number;
  /** Least time between the starts of two lists. */
  readonly listIntervalMs: number;
  /** Longest that a server may ask us to wait. */
  readonly longestRetryAfterMs: number;
  /** A list this old is made again when its watch ends by itself, so that nothing missed is missed for ever. */
  readonly listAgeMs: number;
};

export const PACING: Pacing = {
  backoffMs: 500,
  longestBackoffMs: 30_000,
  healthyAfterMs: 5_000,
  listIntervalMs: 1_000,
  longestRetryAfterMs: 120_000,
  listAgeMs: 3_600_000,
};

/** What has happened, as far as the next step depends on it. */
export type History = {
  /** Ends in a row that were failures. */
  readonly failures: number;
  /** Ends in a row of watches that brought nothing. */
  readonly barren: number;
};

export const NO_HISTORY: History = { failures: 0, barren: 0 };

/** What to do next, after which pause. */
export type NextStep = {
  readonly step: 'list' | 'watch';
  readonly delayMs: number;
  /** Ask first which API versions there are. */
  readonly rediscover: boolean;
  readonly history: History;
};

export const FIRST_STEP: NextStep = { step: 'list', delayMs: 0, rediscover: false, history: NO_HISTORY };

/** One watch, seen from its end. */
export type EndedWatch = {
  readonly end: ForeignEnd;
  /** There was a head of an answer, and it was 200. */
  readonly opened: boolean;
  /** Since then. */
  readonly livedMs: number;
  /** An event or bookmark came. */
  readonly progressed: boolean;
  readonly sinceListMs: number;
};

/** Between half and one and a half of it: what failed together does not come back together. */
const jittered = (ms: number, random: Random): number => ms * (0.5 + random());

/** The pause after so many failures in a row; none after none. */
export const backoffMs = (failures: number, pacing: Pacing, random: Random): number =>
  failures === 0
    ? 0
    : jittered(Math.min(pacing.longestBackoffMs, pacing.backoffMs * 2 ** Math.min(failures - 1, 30)), random);

/** What failed says nothing of where we stand: the same resourceVersion will do when it is over. */
const RESUMES: ReadonlySet<ApiFailureKind> = new Set<ApiFailureKind>([
  'throttled',
  'unauthorized',
  'forbidden',
  'unreachable',
]);

/** Our resourceVersion is of no use to the server, or its objects are elsewhere. */
const RELISTS: ReadonlySet<ApiFailureKind> = new Set<ApiFailureKind>(['gone', 'notFound', 'invalid']);

/** So many watches in a row without one event: perhaps what we watch from is what is wrong. */
const BARREN_LIMIT = 2;

/** A server that answers 5xx to all is more likely away than in doubt about us: its lists would fail as well. */
const REFUSED_LIMIT = 5;

const barrenAfter = ({ end, progressed }: EndedWatch, healthy: boolean, before: number): number => {
  // A watch that was ended in its time without an event is that of a quiet resource.
  if (progressed || (healthy && (end.kind === 'closed' || end.kind === 'broken'))) return 0;
  return end.kind === 'failed' && RESUMES.has(end.failure.kind) ? before : before + 1;
};

const mustList = ({ end, opened, sinceListMs }: EndedWatch, barren: number, pacing: Pacing): boolean => {
  if (end.kind === 'failed' && RELISTS.has(end.failure.kind)) return true;
  if (end.kind === 'failed' && RESUMES.has(end.failure.kind)) return false;
  if (end.kind === 'closed' && sinceListMs >= pacing.listAgeMs) return true;
  return barren >= (opened ? BARREN_LIMIT : REFUSED_LIMIT);
};

/** Not before `Retry-After`, and with jitter behind it, since all others were told the same. */
const notBefore = (askedMs: number | null, delayMs: number, pacing: Pacing, random: Random): number =>
  askedMs === null
    ? delayMs
    : Math.min(askedMs, pacing.longestRetryAfterMs) + Math.max(delayMs, 1000 * random());

/**
 * What follows the end of a watch. Every end leads on, none is fatal: from the same resourceVersion where it may
 * still be good, by a list where it is not or where going on from it has twice led nowhere.
 */
export const afterWatch = (ended: EndedWatch, history: History, pacing: Pacing, random: Random): NextStep => {
  const { end, livedMs } = ended;
  const healthy = livedMs >= pacing.healthyAfterMs;
  const orderly = end.kind === 'closed' || end.kind === 'idle';
  const failures = healthy ? (orderly ? 0 : 1) : history.failures + 1;
  const barren = barrenAfter(ended, healthy, history.barren);
  const failure = end.kind === 'failed' ? end.failure : null;
  const list = mustList(ended, barren, pacing);
  const pause =
    list && failures <= 1 ? pacing.listIntervalMs * random() : backoffMs(failures, pacing, random);
  return {
    step: list ? 'list' : 'watch',
    delayMs: notBefore(failure?.retryAfterMs ?? null, pause, pacing, random),
    rediscover: failure?.kind === 'notFound',
    history: { failures, barren: list ? 0 : barren },
  };
};

/**
 * What follows a list. Success does not begin the pauses anew: only a watch that lives shows that what was listed
 * is of use, and a server that lists and then refuses each watch must not be listed once a second.
 */
export const afterList = (
  failure: ApiFailure | null,
  history: History,
  pacing: Pacing,
  random: Random,
): NextStep => {
  if (failure === null)
    return { step: 'watch', delayMs: 0, rediscover: false, history: { ...history, barren: 0 } };
  const failures = history.failures + 1;
  return {
    step: 'list',
    delayMs: notBefore(failure.retryAfterMs, backoffMs(failures, pacing, random), pacing, random),
    rediscover: failure.kind === 'notFound',
    history: { failures, barren: 0 },
  };
};
