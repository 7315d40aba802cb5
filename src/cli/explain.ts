import {
  type Explanation,
  explainRequest,
  type ShownBackend,
  type TcpExplanation,
  type TriedTicket,
} from '../../router/routing/explanation.ts';
import { RouteTable } from '../../router/routing/table.ts';
import { Primary } from '../../router/workers/primary.ts';
import { utf8Text } from '../core/byte-string.ts';
import { formatReport } from '../core/report.ts';
import type { PathMatch } from '../core/route-plan.ts';
import { formatManifestError } from '../standalone/manifest-files.ts';
import { StandaloneSource } from '../standalone/standalone-source.ts';
import { type AdmissionFlags, admissionOptions } from './admission-flags.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { explainedConnection, isTcpUrl, requestedConnection } from './explained-connection.ts';
import { type RequestFlags, requestedHead } from './requested-head.ts';
import { standaloneReports, standaloneTranslation } from './standalone-translation.ts';
import type { Terminal } from './terminal.ts';

export type ExplainFlags = AdmissionFlags &
  RequestFlags & { readonly filename: readonly string[]; readonly output: 'text' | 'json' };

const shownHost = (host: string): string => (host === '' ? '* (all hosts)' : host);

const matchText = (match: PathMatch | null): string => {
  if (match === null) return 'default backend';
  return match.kind === 'regex' ? `regex ${match.pattern}` : `${match.kind} ${utf8Text(match.path)}`;
};

const ticketLine = ({ index, description, to, outcome }: TriedTicket): string => {
  const name = `ticket ${index}${description === null ? '' : ` (${description})`}`;
  switch (outcome.kind) {
    case 'matched':
      return `${name}: matches, leads to ${to}`;
    case 'failed':
      return `${name}: does not match, since this does not hold: ${outcome.condition}`;
    case 'skipped':
      return `${name}: left out, ${outcome.reason}`;
    default:
      return `${name}: not tried, an earlier one matched`;
  }
};

type Line = readonly [name: string, text: string];

const printed = (lines: readonly Line[]): readonly string[] =>
  lines.map(([name, text]) => `${name.padEnd(10)}${text}`);

const ticketLines = (tickets: readonly TriedTicket[]): readonly Line[] =>
  tickets.length === 0
    ? [['Tickets', 'none']]
    : tickets.map((ticket, i) => [i === 0 ? 'Tickets' : '', ticketLine(ticket)]);

type Forward = Extract<Explanation['result'], { kind: 'forward' }>;

const backendText = ({ http, tls }: ShownBackend): string => {
  const version = http === 2 ? 'HTTP/2' : 'HTTP/1.1';
  if (tls === null) return `spoken to by ${version} in clear`;
  const authorities = tls.hasOwnCa ? 'the authorities that the Ingress names' : 'the well-known authorities';
  const proof = tls.verify ? `by a certificate of ${authorities}` : 'and nothing that proves it is asked for';
  return `spoken to by ${version} over TLS as ${tls.serverName}, ${proof}`;
};

const forwardLines = (result: Forward): readonly Line[] => [
  ['Track', `${result.track}${result.fellBack ? " (the ticket's own track has no ready pod)" : ''}`],
  ['Pool', `${result.pool} (${result.state})`],
  [
    'Endpoint',
    result.endpoints.length === 1 ? `${result.endpoints[0]}` : `one of ${result.endpoints.join(', ')}`,
  ],
  ...(result.backend === null ? [] : [['Pods', backendText(result.backend)] as const]),
];

const resultLines = ({ result, path }: Explanation): readonly Line[] => {
  if (result.kind === 'answer') return [['Answer', `${result.status} ${result.code}: ${result.reason}`]];
  const rewritten: readonly Line[] =
    result.forwardedPath === path ? [] : [['Forwarded', utf8Text(result.forwardedPath)]];
  return [...forwardLines(result), ...rewritten];
};

const connectionLines = ({ port, source, tickets, result }: TcpExplanation): readonly string[] => {
  if (source === null || result === null) return printed([['Port', `${port}: no Service has it`]]);
  const service = `${source.namespace}/${source.service}`;
  return printed([
    ['Port', `${port} -> Service ${service} (${source.field})`],
    ...ticketLines(tickets),
    ...(result.kind === 'answer' ? [['Closed', result.reason] as const] : forwardLines(result)),
  ]);
};

const textLines = (explanation: Explanation): readonly string[] => {
  const { host, path, matchedHost, match, source, service, tickets, result } = explanation;
  const lines: Line[] = [
    ['Host', matchedHost === null ? `${host}: no Ingress serves it` : `${host} -> ${shownHost(matchedHost)}`],
  ];
  if (matchedHost !== null) {
    const where =
      source === null
        ? 'no rule matches'
        : `${matchText(match)} (${source.field} of Ingress ${source.namespace}/${source.ingress})`;
    lines.push(['Path', `${utf8Text(path)} -> ${where}`]);
  }
  if (service !== null) {
    lines.push(['Service', service], ...ticketLines(tickets));
  }
  lines.push(...resultLines({ ...explanation, result }));
  return printed(lines);
};

/** The table of these files; null, and lines in the terminal, where they have errors. */
const tableOf = async (
  flags: ExplainFlags,
  terminal: Terminal,
): Promise<{ readonly table: RouteTable; readonly primary: Primary } | null> => {
  const admission = admissionOptions(flags);
  const source = new StandaloneSource({ paths: flags.filename, admission, now: Date.now });
  const { errors } = await source.read();
  for (const error of errors) terminal.complain(`error: ${formatManifestError(error)}`);
  if (errors.length > 0) return null;
  const table = new RouteTable();
  const primary = new Primary(standaloneTranslation(admission), table);
  const { reports } = primary.update(source);
  for (const report of standaloneReports(reports)) terminal.complain(`note: ${formatReport(report)}`);
  return { table, primary };
};

/** `lines` are asked for only where they are printed. */
const print = (
  explanation: { readonly result: Explanation['result'] | null },
  lines: () => readonly string[],
  { flags, terminal }: { readonly flags: ExplainFlags; readonly terminal: Terminal },
): ExitCode => {
  if (flags.output === 'json') terminal.print(JSON.stringify(explanation, null, 2));
  else for (const line of lines()) terminal.print(line);
  return explanation.result?.kind === 'forward' ? EXIT.fine : EXIT.no;
};

/** `sluice explain tcp://HOST:PORT`: where a connection is led and why. */
const explainTcp = async (url: string, flags: ExplainFlags, terminal: Terminal): Promise<ExitCode> => {
  const requested = requestedConnection(url, flags.from);
  if (!requested.ok) {
    terminal.complain(`sluice explain: ${requested.message}`);
    return EXIT.usage;
  }
  const world = await tableOf(flags, terminal);
  if (world === null) return EXIT.no;
  const explanation = explainedConnection(world.table, requested, Date.now());
  return print(explanation, () => connectionLines(explanation), { flags, terminal });
};

/** `sluice explain URL -f DIR`: where a request is led and why, by the code that routes. */
export const explain = async (url: string, flags: ExplainFlags, terminal: Terminal): Promise<ExitCode> => {
  if (isTcpUrl(url)) return explainTcp(url, flags, terminal);
  const requested = requestedHead(url, flags);
  if (!requested.ok) {
    terminal.complain(`sluice explain: ${requested.message}`);
    return requested.exit;
  }
  const world = await tableOf(flags, terminal);
  if (world === null) return EXIT.no;
  const explanation = explainRequest(world.table, world.primary.plan, requested.head);
  return print(explanation, () => textLines(explanation), { flags, terminal });
};
