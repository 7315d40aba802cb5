import { isAcmeSolver } from '../core/acme-solver.ts';
import { ALIASES, annotationField, EDGE_SERVICES, SERVER_ALIAS, TICKETS } from '../core/annotation-names.ts';
import { entriesFor, type Scope, scopeOf } from '../core/ingress-scope.ts';
import { readNginxAnnotations } from '../core/nginx-annotations.ts';
import type { Ingress } from '../core/objects/ingress.ts';
import { parseIngress } from '../core/objects/parse-ingress.ts';
import { formatProblem, type Problem } from '../core/problem.ts';
import { servedHosts } from '../core/served-hosts.ts';
import { EMPTY_SERVICE_CONFIG, parseServiceConfig, type ServiceConfig } from '../core/service-config.ts';
import { parseTickets } from '../core/ticket/ticket-grammar.ts';
import type { AdmissionOptions } from './admission-options.ts';
import {
  annotationsAreImplemented,
  backendsExist,
  edgesAreGenerated,
  edgesHavePods,
  routesAreFree,
  ticketsCanMatch,
  tlsCoversRules,
} from './checks/advice.ts';
import { accessControlIsEnforced, annotationsAreReadable, canaryIsATicket } from './checks/annotations.ts';
import { hostsAreAllowed, hostsAreFree } from './checks/ownership.ts';
import { pathsAreMatchable, pathsAreUnique } from './checks/paths.ts';
import type { Subject } from './checks/subject.ts';
import { edgesAreEdges, ticketsLeadSomewhere } from './checks/tracks.ts';
import type { ClusterView } from './cluster-view.ts';
import { desiredState } from './desired-state.ts';
import type { ReviewedObjects } from './mutate.ts';
import { standingOf } from './standing.ts';

export type ValidationContext = {
  readonly options: AdmissionOptions;
  readonly view: ClusterView;
  /** Milliseconds since the epoch: tickets expire. */
  readonly nowMs: number;
};

/** The validating half's answer: denied where there are denials. */
export type Validation = {
  readonly denials: readonly Problem[];
  /** Lines that kubectl prints. */
  readonly warnings: readonly string[];
};

const CHECKS = [
  pathsAreMatchable,
  pathsAreUnique,
  ticketsLeadSomewhere,
  edgesAreEdges,
  annotationsAreReadable,
  accessControlIsEnforced,
  canaryIsATicket,
  hostsAreFree,
  hostsAreAllowed,
] as const;

const ADVICE = [
  backendsExist,
  routesAreFree,
  ticketsCanMatch,
  edgesHavePods,
  edgesAreGenerated,
  annotationsAreImplemented,
  tlsCoversRules,
] as const;

type Reading = { readonly subject: Subject; readonly problems: readonly Problem[] };

const storedConfig = (ingress: Ingress, annotation: string): ServiceConfig => {
  const text = ingress.metadata.annotations[annotation];
  const parsed = text === undefined ? undefined : parseServiceConfig(text, annotationField(annotation));
  return parsed?.ok ? parsed.value : EMPTY_SERVICE_CONFIG;
};

type ReadInput = {
  readonly ingress: Ingress;
  readonly old: Ingress | null;
  readonly entry: string;
  readonly scope: Scope;
  readonly context: ValidationContext;
};

const readSubject = ({ ingress, old, entry, scope, context }: ReadInput): Reading => {
  const { options, view } = context;
  const { annotations } = ingress.metadata;
  const desired = desiredState({ ingress, old, entry, scope, options });
  const config = desired.ok ? desired.value.config : storedConfig(ingress, options.annotation);
  const drainage = `${annotationField(options.annotation)}.drainage`;
  const fromIntent = annotations[TICKETS] !== undefined;
  const ticketsField = fromIntent ? annotationField(TICKETS) : `${drainage}.tickets`;
  const written = config.sections.tickets;
  const { tickets, problems } =
    written === undefined ? { tickets: [], problems: [] } : parseTickets(written, ticketsField);
  const aliases = [ALIASES, SERVER_ALIAS].find(name => annotations[name] !== undefined);
  const subject: Subject = {
    ingress,
    config,
    rules: servedHosts(ingress, isAcmeSolver(ingress) ? null : config, {
      entry,
      entries: entriesFor(scope, ingress, old),
    }).rules,
    tickets,
    ticketsField,
    serviceMapField:
      annotations[EDGE_SERVICES] === undefined ? `${drainage}.serviceMap` : annotationField(EDGE_SERVICES),
    hostsField:
      aliases === undefined ? `${annotationField(options.annotation)}.hosts` : annotationField(aliases),
    nginx: readNginxAnnotations(annotations, options.annotation),
    options,
    view,
  };
  // Problems of an intent are in the desired state's already; the service-config only repeats them.
  const ticketProblems = fromIntent ? [] : problems;
  return { subject, problems: [...(desired.ok ? [] : desired.problems), ...ticketProblems] };
};

const problemsOf = ({ subject, problems }: Reading): readonly Problem[] => [
  ...problems,
  ...CHECKS.flatMap(check => check(subject)),
];

/** What makes two problems the same one although rules moved: the code, the field without its indexes, and the value. */
const identity = ({ code, field, value, message }: Problem): string =>
  JSON.stringify([code, field.replace(/\[\d+\]/g, '[]'), value ?? message]);

/**
 * The validating half of admission (DESIGN 5): sees the final object, reports all problems at once, and on
 * UPDATE denies only those that the old object does not have already, so that nobody is locked out of
 * mending.
 */
export const validate = ({ object, oldObject }: ReviewedObjects, context: ValidationContext): Validation => {
  const parsed = parseIngress(object);
  const parsedOld = oldObject === null ? null : parseIngress(oldObject);
  if (!parsed.ok) return { denials: parsed.problems, warnings: [] };
  const ingress = parsed.value;
  const old = parsedOld?.ok ? parsedOld.value : null;
  const scope = scopeOf(context.options, context.view.ingressClasses);
  const standing = standingOf(ingress, old, { scope, controllerName: context.options.controllerName });
  if (standing.kind !== 'ours') return { denials: [], warnings: [] };
  const { entry } = standing;
  const reading = readSubject({ ingress, old, entry, scope, context });
  const before =
    old === null
      ? []
      : problemsOf(
          readSubject({ ingress: old, old: null, entry: scope.entryOf(old) ?? entry, scope, context }),
        );
  const known = new Set(before.map(identity));
  const problems = problemsOf(reading);
  return {
    denials: problems.filter(problem => !known.has(identity(problem))),
    warnings: [
      ...problems
        .filter(problem => known.has(identity(problem)))
        .map(problem => `as before: ${formatProblem(problem)}`),
      ...ADVICE.flatMap(advice => advice(reading.subject, context.nowMs)),
    ],
  };
};
