import { setTimeout as wait } from 'node:timers/promises';
import { ask } from './ask.ts';
import { DOMAIN, type Entry, isOverTls, type Job, type ServingFiles, type Track } from './job.ts';
import { SERVER_NAME } from './load/tls-settings.ts';
import { PROBE_FIELDS } from './origin/nginx-origin.ts';
import { tlsFaults } from './tls-probe.ts';

const STATUS_OK = /^HTTP\/1\.1 200 /;

/** Where a contender listens and what it was told to do there. */
export type Place = {
  readonly entry: Entry;
  readonly port: number;
  readonly bodyPort: number;
  readonly job: Job;
  readonly serving: ServingFiles;
};

const hostFaults = async ({ entry, port }: Place, host: string): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const track of ['stable', 'edge'] as const) {
    const answer = await ask(port, { host, path: '/probe', isMarked: track === 'edge' }, entry);
    if (!STATUS_OK.test(answer)) found.push(`${host}: no answer of the origin: ${answer.slice(0, 60)}`);
    else if (!answer.includes(`track=${track};`)) found.push(`${host}: not led to ${track}`);
    for (const field of PROBE_FIELDS)
      if (!new RegExp(`;${field}=[^;\\r\\n]+`).test(answer)) found.push(`${host}: ${field} is missing`);
    if (isOverTls(entry) && !answer.includes(';x-forwarded-proto=https;'))
      found.push(`${host}: the origin is not told of TLS`);
  }
  const upload = await ask(port, { host, path: '/upload/probe' }, entry);
  if (!BODY_ORIGIN.test(upload)) found.push(`${host}: /upload is not led to the body origin`);
  return found;
};

const BODY_ORIGIN = /\r\nx-origin: body\r\n/i;

const routingFaults = async (place: Place): Promise<readonly string[]> => {
  const { hosts } = place.job;
  const found: string[] = [];
  for (const host of [hosts[0] ?? '', hosts.at(-1) ?? '']) found.push(...(await hostFaults(place, host)));
  const stranger = await ask(place.port, { host: `stranger.${DOMAIN}`, path: '/' }, place.entry);
  if (STATUS_OK.test(stranger)) found.push('an unknown host is served');
  return found;
};

const relayFaults = async ({ port, bodyPort }: Place): Promise<readonly string[]> => {
  const asked = { host: SERVER_NAME, path: '/probe' };
  const web = await ask(port, asked);
  const body = await ask(bodyPort, asked);
  return [
    ...(web.includes('track=stable;') ? [] : [`the pool web is not reached: ${web.slice(0, 60)}`]),
    ...(BODY_ORIGIN.test(body) ? [] : [`the pool body is not reached: ${body.slice(0, 60)}`]),
  ];
};

/** What is missing from the job that a contender was given; empty where it does all of it. */
const faults = async (place: Place): Promise<readonly string[]> => {
  if (place.entry === 'tcp') return relayFaults(place);
  const tls = isOverTls(place.entry) ? await tlsFaults(place.port, place.serving) : [];
  return [...tls, ...(await routingFaults(place))];
};

/** Waits until the contender does its whole job; the faults of the last try where it never does. */
export const verified = async (
  place: Place,
  { timeoutMs, isAlive }: { readonly timeoutMs: number; readonly isAlive: () => boolean },
): Promise<readonly string[]> => {
  const endMs = performance.now() + timeoutMs;
  let last: readonly string[] = ['it never listened'];
  while (performance.now() < endMs) {
    if (!isAlive()) return ['it ended by itself'];
    last = await faults(place);
    if (last.length === 0) return [];
    await wait(100);
  }
  return last;
};

/** Milliseconds until the changing host is answered by `track`; undefined where it never was. */
export const changeSeenAfterMs = async (
  port: number,
  host: string,
  track: Track,
): Promise<number | undefined> => {
  const startMs = performance.now();
  while (performance.now() - startMs < 10_000) {
    const answer = await ask(port, { host, path: '/probe' });
    if (answer.includes(`track=${track};`)) return performance.now() - startMs;
    await wait(2);
  }
  return undefined;
};
