import { type Explanation, explainRequest, type TriedTicket } from '../../router/routing/explanation.ts';
import { RouteTable } from '../../router/routing/table.ts';
import { Primary } from '../../router/workers/primary.ts';
import { utf8Text } from '../core/byte-string.ts';
import { formatReport } from '../core/report.ts';
import type { PathMatch } from '../core/route-plan.ts';
import { formatManifestError } from '../standalone/manifest-files.ts';
import { StandaloneSource } from '../standalone/standalone-source.ts';
import { type AdmissionFlags, admissionOptions } from './admission-flags.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
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

const resultLines = ({ result, path }: Explanation): readonly (readonly [string, string])[] => {
  if (result.kind === 'answer') return [['Answer', `${result.status} ${result.code}: ${result.reason}`]];
  const rewritten =
    result.forwardedPath === path ? [] : [['Forwarded', utf8Text(result.forwardedPath)] as const];
  return [
    ['Track', `${result.track}${result.fellBack ? " (the ticket's own track has no ready pod)" : ''}`],
    ['Pool', `${result.pool} (${result.state})`],
    [
      'Endpoint',
      result.endpoints.length === 1 ? `${result.endpoints[0]}` : `one of ${result.endpoints.join(', ')}`,
    ],
    ...rewritten,
  ];
};

const textLines = (explanation: Explanation): readonly string[] => {
  const { host, path, matchedHost, match, source, service, tickets, result } = explanation;
  const lines: (readonly [string, string])[] = [
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
    lines.push(['Service', service]);
    if (tickets.length === 0) lines.push(['Tickets', 'none']);
    tickets.forEach((ticket, i) => {
      lines.push([i === 0 ? 'Tickets' : '', ticketLine(ticket)]);
    });
  }
  lines.push(...resultLines({ ...explanation, result }));
  return lines.map(([name, text]) => `${name.padEnd(10)}${text}`);
};

/** `sluice explain URL -f DIR`: where a request is led and why, by the code that routes. */
export const explain = async (url: string, flags: ExplainFlags, terminal: Terminal): Promise<ExitCode> => {
  const requested = requestedHead(url, flags);
  if (!requested.ok) {
    terminal.complain(`sluice explain: ${requested.message}`);
    return requested.exit;
  }
  const admission = admissionOptions(flags);
  const source = new StandaloneSource({ paths: flags.filename, admission, now: Date.now });
  const { errors } = await source.read();
  for (const error of errors) terminal.complain(`error: ${formatManifestError(error)}`);
  if (errors.length > 0) return EXIT.no;
  const table = new RouteTable();
  const primary = new Primary(standaloneTranslation(admission), table);
  const { reports } = primary.update(source);
  for (const report of standaloneReports(reports)) terminal.complain(`note: ${formatReport(report)}`);
  const explanation = explainRequest(table, primary.plan, requested.head);
  if (flags.output === 'json') terminal.print(JSON.stringify(explanation, null, 2));
  else for (const line of textLines(explanation)) terminal.print(line);
  return explanation.result.kind === 'forward' ? EXIT.fine : EXIT.no;
};
