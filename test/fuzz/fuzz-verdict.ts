import { normalizePath } from '../../src/core/request-path.ts';
import type { ReadRequest } from '../helpers/llhttp-oracle.ts';

/** A request that reached the origin behind the router whole, by its place on the client's connection. */
export type PassedRequest = ReadRequest & { readonly nth: number };

/** What the router writes itself, or takes out on purpose; all else has to be what the client sent. */
const OURS =
  /^(?:via|x-forwarded-.*|x-real-ip|x-request-id|x-sluice-track|forwarded|host|connection|upgrade|max-forwards)$/i;

/**
 * For llhttp everything behind a request with Upgrade is another protocol, accepted or not; for us it is the next
 * request unless the origin switches. So it is shown another field of the same length.
 */
export const withoutUpgrade = (bytes: string): string =>
  bytes.replace(/(upgrad)e(?=:)/gi, (_, word: string) => `${word}3`);

/** Both ways of writing it as one: a body or target may end within the word, and so without its colon. */
const alike = (text: string): string => text.replace(/upgrad[e3]/gi, 'upgrade');

/** The target as DESIGN 7 forwards it. */
const forwardedTarget = (method: string, target: string): string => {
  const absolute = /^https?:\/\/[^/?#]*(.*)$/i.exec(target);
  const local = absolute === null ? target : (absolute[1] ?? '');
  if (local === '*' || (absolute !== null && local === '' && method === 'OPTIONS')) return '*';
  const rooted = local.startsWith('/') ? local : `/${local}`;
  const mark = rooted.indexOf('?');
  const path = mark === -1 ? rooted : rooted.slice(0, mark);
  return `${normalizePath(path)}${mark === -1 ? '' : rooted.slice(mark)}`;
};

const fieldLines = (fields: readonly string[]): readonly string[] =>
  fields.flatMap((name, at) =>
    at % 2 === 0 && !OURS.test(name) ? [alike(`${name}: ${fields[at + 1]}`)] : [],
  );

const difference = (passed: PassedRequest, read: ReadRequest): string | undefined => {
  if (passed.method !== read.method) return `method ${passed.method} instead of ${read.method}`;
  const target = forwardedTarget(read.method, read.target);
  if (alike(passed.target) !== alike(target)) return `target ${passed.target} instead of ${target}`;
  if (alike(passed.body) !== alike(read.body)) {
    return `body ${JSON.stringify(passed.body.slice(0, 200))} instead of ${JSON.stringify(read.body.slice(0, 200))}`;
  }
  const sent = fieldLines(read.fields);
  const foreign = fieldLines(passed.fields).find(line => !sent.includes(line));
  return foreign === undefined ? undefined : `field ${JSON.stringify(foreign)}, which llhttp does not read`;
};

/**
 * What is wrong with the requests that passed, given what strict llhttp reads in the same bytes: each must be one
 * that llhttp reads at the same place, with the same body, and arrive once. Undefined: nothing.
 */
export const fuzzVerdict = (
  passed: readonly PassedRequest[],
  read: readonly ReadRequest[],
): string | undefined => {
  const seen = new Set<number>();
  for (const request of passed) {
    if (seen.has(request.nth)) return `request ${request.nth} arrived twice`;
    seen.add(request.nth);
    const expected = read[request.nth];
    if (expected === undefined) return `request ${request.nth} passed, but strict llhttp refuses it`;
    const found = difference(request, expected);
    if (found !== undefined) return `request ${request.nth} arrived with ${found}`;
  }
  return undefined;
};
