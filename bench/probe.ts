import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type Job, TICKET, type Track } from './job.ts';
import { PROBE_FIELDS } from './origin/nginx-origin.ts';

/** One request on a connection of its own; all that came back, or an empty text. */
export const ask = async (
  port: number,
  {
    host,
    path,
    isMarked = false,
  }: { readonly host: string; readonly path: string; readonly isMarked?: boolean },
): Promise<string> => {
  const socket = connect({ port, host: '127.0.0.1' });
  const timeout = setTimeout(() => socket.destroy(), 2_000);
  let answer = '';
  socket.on('data', bytes => {
    answer += bytes.toString('latin1');
  });
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${isMarked ? `${TICKET.name}: ${TICKET.value}\r\n` : ''}Connection: close\r\n\r\n`,
  );
  // Rejects on 'error', which here means: not yet.
  await once(socket, 'close').catch(() => undefined);
  clearTimeout(timeout);
  return answer;
};

const STATUS_OK = /^HTTP\/1\.1 200 /;

/** What is missing from the job that a contender was given; empty where it does all of it. */
const faults = async (port: number, job: Job): Promise<readonly string[]> => {
  const hosts = [job.hosts[0] ?? '', job.hosts.at(-1) ?? ''];
  const found: string[] = [];
  for (const host of hosts) {
    for (const track of ['stable', 'edge'] as const) {
      const answer = await ask(port, { host, path: '/probe', isMarked: track === 'edge' });
      if (!STATUS_OK.test(answer)) found.push(`${host}: no answer of the origin: ${answer.slice(0, 60)}`);
      else if (!answer.includes(`track=${track};`)) found.push(`${host}: not led to ${track}`);
      for (const field of PROBE_FIELDS)
        if (!new RegExp(`;${field}=[^;\\r\\n]+`).test(answer)) found.push(`${host}: ${field} is missing`);
    }
    const upload = await ask(port, { host, path: '/upload/probe' });
    if (!/\r\nx-origin: body\r\n/i.test(upload)) found.push(`${host}: /upload is not led to the body origin`);
  }
  const stranger = await ask(port, { host: 'stranger.bench.test', path: '/' });
  if (STATUS_OK.test(stranger)) found.push('an unknown host is served');
  return found;
};

/** Waits until the contender does its whole job; the faults of the last try where it never does. */
export const verified = async (
  port: number,
  job: Job,
  { timeoutMs, isAlive }: { readonly timeoutMs: number; readonly isAlive: () => boolean },
): Promise<readonly string[]> => {
  const endMs = performance.now() + timeoutMs;
  let last: readonly string[] = ['it never listened'];
  while (performance.now() < endMs) {
    if (!isAlive()) return ['it ended by itself'];
    last = await faults(port, job);
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
