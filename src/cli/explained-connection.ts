import { isIP } from 'node:net';
import { explainConnection, type TcpExplanation } from '../../router/routing/explanation.ts';
import type { RouteTable } from '../../router/routing/table.ts';
import { ConnectionFacts } from '../../router/tcp/connection-facts.ts';
import { shownValue } from '../core/problem.ts';

/** A connection as the command line describes it. */
export type RequestedConnection =
  | { readonly ok: true; readonly port: number; readonly from: string }
  /** One line that says which argument is wrong, and why. */
  | { readonly ok: false; readonly message: string };

const TCP_URL = /^tcp:\/\/(?:\[[^\]]*\]|[^:/?#[\]]*):(\d{1,5})\/?$/i;

export const isTcpUrl = (url: string): boolean => /^tcp:/i.test(url);

export const requestedConnection = (url: string, from: string): RequestedConnection => {
  const port = Number(TCP_URL.exec(url)?.[1] ?? 0);
  if (port === 0 || port > 65_535)
    return { ok: false, message: `URL ${shownValue(url)} names no port; write e.g. tcp://localhost:33306.` };
  if (isIP(from) === 0)
    return { ok: false, message: `--from ${shownValue(from)} is no IP address; write e.g. 203.0.113.7.` };
  return { ok: true, port, from };
};

export const explainedConnection = (
  table: RouteTable,
  { port, from }: { readonly port: number; readonly from: string },
  nowMs: number,
): TcpExplanation => explainConnection(table, port, new ConnectionFacts().of(from, nowMs));
