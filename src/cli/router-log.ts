import { escaped } from '../core/problem.ts';

/** Of an error that repeats its input. */
const MAX_CHARACTERS = 1_000;

/**
 * What the router reports, as one line of a terminal: whatever of a request or an answer an error repeats, it
 * forges no line and moves no cursor (S18, Envoy CVE-2024-45808).
 */
export const routerLogLine = (message: string, error: unknown): string => {
  const detail = error instanceof Error ? ` (${error.message})` : '';
  const text = process.env.SLUICE_DEBUG === '1' ? message : (message.split('\n    at ', 1)[0] ?? '');
  return escaped(`router: ${text}${detail}`.slice(0, MAX_CHARACTERS));
};
