import { annotationField, PAUSED } from './annotation-names.ts';
import { entriesFor, type Scope } from './ingress-scope.ts';
import { type NginxAnnotations, readNginxAnnotations } from './nginx-annotations.ts';
import type { Ingress } from './objects/ingress.ts';
import type { Problem } from './problem.ts';
import { type ServedRule, servedHosts, type UnservedRule } from './served-hosts.ts';
import { parseServiceConfig, type ServiceConfig } from './service-config.ts';
import type { ServiceMap } from './service-map.ts';
import { storedServiceMap } from './stored-service-map.ts';
import type { Ticket } from './ticket/ticket.ts';
import { parseTickets } from './ticket/ticket-grammar.ts';

/** A stored Ingress of ours, read once for everything that is computed from it. */
export type IngressReading = {
  readonly ingress: Ingress;
  /** Null: none is stored, or it cannot be read; the decoded own hosts are served, stable only. */
  readonly config: ServiceConfig | null;
  /** Its edges, also where the rest of the service-config cannot be read; null: none are named. */
  readonly serviceMap: ServiceMap | null;
  readonly rules: readonly ServedRule[];
  readonly unserved: readonly UnservedRule[];
  /** The good ones; a bad one is skipped (DESIGN 5, "Already stored but invalid"). */
  readonly tickets: readonly Ticket[];
  readonly paused: boolean;
  readonly nginx: NginxAnnotations;
  readonly problems: readonly Problem[];
};

/** What a reader needs to know of the installation. */
export type ReadingContext = { readonly scope: Scope; readonly annotation: string };

const pausedProblems = (value: string | undefined): readonly Problem[] =>
  value === undefined || value === 'true' || value === 'false'
    ? []
    : [
        {
          code: 'AnnotationInvalid',
          field: annotationField(PAUSED),
          value,
          message: 'must be "true" or "false"; the tickets hold until it is.',
        },
      ];

/** Reads what is stored, the way the router understands it; null where the Ingress is not ours. */
export const readIngress = (
  ingress: Ingress,
  { scope, annotation }: ReadingContext,
): IngressReading | null => {
  const entry = scope.entryOf(ingress);
  if (entry === null) return null;
  const { annotations } = ingress.metadata;
  const text = annotations[annotation];
  const parsed = text === undefined ? undefined : parseServiceConfig(text, annotationField(annotation));
  const config = parsed?.ok ? parsed.value : null;
  const written = config?.sections.tickets;
  const tickets =
    written === undefined
      ? undefined
      : parseTickets(written, `${annotationField(annotation)}.drainage.tickets`);
  const nginx = readNginxAnnotations(annotations, annotation);
  return {
    ingress,
    config,
    serviceMap: config === null && text !== undefined ? storedServiceMap(text) : (config?.serviceMap ?? null),
    ...servedHosts(ingress, config, { entry, entries: entriesFor(scope, ingress) }),
    tickets: tickets?.tickets ?? [],
    paused: annotations[PAUSED] === 'true',
    nginx,
    problems: [
      ...(parsed === undefined || parsed.ok ? [] : parsed.problems),
      ...(tickets?.problems ?? []),
      ...pausedProblems(annotations[PAUSED]),
      ...nginx.problems,
      ...nginx.accessProblems,
      ...nginx.unsupportedAccess,
    ],
  };
};
