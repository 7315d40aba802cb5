import { isAcmeSolver } from '../core/acme-solver.ts';
import { ALIASES, annotationField, EDGE_SERVICES, SERVER_ALIAS, TICKETS } from '../core/annotation-names.ts';
import { isRecord } from '../core/canonical-json.ts';
import { entriesFor, type Scope, scopeOf } from '../core/ingress-scope.ts';
import { readNginxAnnotations } from '../core/nginx-annotations.ts';
import type { Ingress } from '../core/objects/ingress.ts';
import { parseIngress } from '../core/objects/parse-ingress.ts';
import { escaped, formatProblem, type Problem } from '../core/problem.ts';
import { servedHosts } from '../core/served-hosts.ts';
import { parseTickets } from '../core/ticket/ticket-grammar.ts';
import type { AdmissionOptions } from './admission-options.ts';
import {
  annotationsAreImplemented,
  backendsExist,
  edgesAreGenerated,
  edgesHavePods,
  podsCanBeVerified,
  routesAreFree,
  ticketsCanMatch,
  tlsCoversRules,
  viewIsWhole,
} from './checks/advice.ts';
import { accessControlIsEnforced, annotationsAreReadable, canaryIsATicket } from './checks/annotations.ts';
import { certificatesAreGood } from './checks/certificates.ts';
import { annotationsAreKnown } from './checks/own-annotations.ts';
import { hostsAreAllowed, hostsAreFree } from './checks/ownership.ts';
import { pathsAreMatchable, pathsAreUnique } from './checks/paths.ts';
import type { Subject } from './checks/subject.ts';
import { edgesAreEdges, ticketsLeadSomewhere } from './checks/tracks.ts';
import type { ClusterView } from './cluster-view.ts';
import { draftState } from './desired-state.ts';
import { splitProblems } from './known-problems.ts';
import type { ReviewedObjects } from './mutate.ts';
import { standingOf } from './standing.ts';

export type ValidationContext = {
  readonly options: AdmissionOptions;
  readonly view: ClusterView;
  /** Secrets that were looked at for this review alone. @default the view's */
  readonly secret?: ClusterView['secret'];
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
  viewIsWhole,
  backendsExist,
  routesAreFree,
  ticketsCanMatch,
  edgesHavePods,
  edgesAreGenerated,
  annotationsAreImplemented,
  annotationsAreKnown,
  podsCanBeVerified,
  tlsCoversRules,
  certificatesAreGood,
] as const;

type Reading = { readonly subject: Subject; readonly problems: readonly Problem[] };

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
  const draft = draftState({ ingress, old, entry, scope, options });
  const { config } = draft;
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
    serviceMapKnown: draft.serviceMapKnown,
    rules: servedHosts(ingress, isAcmeSolver(ingress) ? null : config, {
      entry,
      entries: entriesFor(scope, ingress, old),
    }).rules,
    tickets,
    ticketField: index => (Array.isArray(written) ? `${ticketsField}[${index}]` : ticketsField),
    serviceMapField:
      annotations[EDGE_SERVICES] === undefined ? `${drainage}.serviceMap` : annotationField(EDGE_SERVICES),
    hostsField:
      aliases === undefined ? `${annotationField(options.annotation)}.hosts` : annotationField(aliases),
    nginx: readNginxAnnotations(annotations, options.annotation),
    options,
    view,
    secret: context.secret ?? view.secret,
  };
  // Problems of an intent are in the desired state's already; the service-config only repeats them.
  const ticketProblems = fromIntent ? [] : problems;
  return { subject, problems: [...draft.problems, ...ticketProblems] };
};

const problemsOf = ({ subject, problems }: Reading): readonly Problem[] => [
  ...problems,
  ...CHECKS.flatMap(check => check(subject)),
];

/** Longest warning: kubectl prints a line, and the API server cuts all of them together at 4 KiB. */
const MAX_WARNING_LENGTH = 500;

const warningLine = (text: string): string => {
  const line = escaped(text);
  return line.length > MAX_WARNING_LENGTH ? `${line.slice(0, MAX_WARNING_LENGTH)}…` : line;
};

/** The part of an unreadable Ingress that says whose it is: nothing is asked of another controller's. */
const outlineOf = (object: unknown): Ingress | null => {
  if (!isRecord(object)) return null;
  const { apiVersion, kind, metadata, spec } = object;
  const { annotations, deletionTimestamp } = isRecord(metadata) ? metadata : {};
  const texts = isRecord(annotations)
    ? Object.entries(annotations).filter(([, value]) => typeof value === 'string')
    : [];
  const className = isRecord(spec) ? spec.ingressClassName : undefined;
  const parsed = parseIngress({
    apiVersion,
    kind,
    metadata: { name: 'outline', annotations: Object.fromEntries(texts), deletionTimestamp },
    spec: typeof className === 'string' ? { ingressClassName: className } : {},
  });
  return parsed.ok ? parsed.value : null;
};

type Reviewed = {
  readonly scope: Scope;
  readonly context: ValidationContext;
  readonly oldObject: unknown;
  readonly namespace: string | undefined;
};

/** The stored object's own problems. It excuses nothing where it was not ours: nobody had looked at it. */
const problemsBefore = ({ scope, context, oldObject, namespace }: Reviewed): readonly Problem[] => {
  if (oldObject === null || oldObject === undefined) return [];
  const parsed = parseIngress(oldObject, 0, namespace);
  const ingress = parsed.ok ? parsed.value : outlineOf(oldObject);
  const entry = ingress === null ? null : scope.entryOf(ingress);
  if (ingress === null || entry === null) return [];
  if (!parsed.ok) return parsed.problems;
  return problemsOf(readSubject({ ingress, old: null, entry, scope, context }));
};

/** What is told of an object: its new problems are denials, those that the stored one has already are warnings. */
export const validationOf = (
  problems: readonly Problem[],
  before: readonly Problem[],
  advice: readonly string[],
): Validation => {
  const { added, known } = splitProblems(problems, before);
  const asBefore = known.map(problem => `as before: ${formatProblem(problem)}`);
  return { denials: added, warnings: [...asBefore, ...advice].map(warningLine) };
};

/**
 * The validating half of admission of Ingresses (DESIGN 5): sees the final object, reports all problems at once, and on
 * UPDATE denies only those that the old object does not have already, so that nobody is locked out of
 * mending.
 */
export const validate = (
  { object, oldObject, namespace }: ReviewedObjects,
  context: ValidationContext,
): Validation => {
  const scope = scopeOf(context.options, context.view.ingressClasses);
  const { controllerName } = context.options;
  const parsed = parseIngress(object, 0, namespace);
  const ingress = parsed.ok ? parsed.value : outlineOf(object);
  if (ingress === null) return { denials: parsed.ok ? [] : parsed.problems, warnings: [] };
  const parsedOld = oldObject === null ? null : parseIngress(oldObject, 0, namespace);
  const old = parsedOld?.ok ? parsedOld.value : null;
  const standing = standingOf(ingress, old, { scope, controllerName });
  if (standing.kind !== 'ours') return { denials: [], warnings: [] };
  const before = problemsBefore({ scope, context, oldObject, namespace });
  if (!parsed.ok) return validationOf(parsed.problems, before, []);
  const reading = readSubject({ ingress, old, entry: standing.entry, scope, context });
  const advice = ADVICE.flatMap(check => check(reading.subject, context.nowMs));
  return validationOf(problemsOf(reading), before, advice);
};
