import { SERVICE_CLASS, TCP } from '../core/annotation-names.ts';
import { isRecord } from '../core/canonical-json.ts';
import { type Scope, scopeOf } from '../core/ingress-scope.ts';
import { parseService } from '../core/objects/parse-service.ts';
import type { Service } from '../core/objects/service.ts';
import type { Problem } from '../core/problem.ts';
import { readTcpService, type TcpReading } from '../core/tcp-reading.ts';
import { viewIsWhole } from './checks/advice.ts';
import {
  edgesAreItsOwn,
  podsCanBeTold,
  portsAreFree,
  serviceAnnotationsAreKnown,
  type TcpSubject,
  tcpEdgesHavePods,
  tcpTicketsCanMatch,
} from './checks/tcp-service.ts';
import type { ReviewedObjects } from './mutate.ts';
import { type Validation, type ValidationContext, validationOf } from './validate.ts';

const CHECKS = [portsAreFree, edgesAreItsOwn] as const;
const ADVICE = [podsCanBeTold, tcpTicketsCanMatch, tcpEdgesHavePods] as const;

const NOTHING: Validation = { denials: [], warnings: [] };

/** The part of an unreadable Service that says whose it is: nothing is asked of anybody else's. */
const outlineOf = (object: unknown): Service | null => {
  if (!isRecord(object) || !isRecord(object.metadata)) return null;
  const { annotations, deletionTimestamp } = object.metadata;
  const texts = isRecord(annotations)
    ? Object.entries(annotations).filter(([, value]) => typeof value === 'string')
    : [];
  const parsed = parseService({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'outline', annotations: Object.fromEntries(texts), deletionTimestamp },
    spec: {},
  });
  return parsed.ok ? parsed.value : null;
};

const problemsOf = (subject: TcpSubject): readonly Problem[] => [
  ...subject.reading.problems,
  ...CHECKS.flatMap(check => check(subject)),
];

/** One version of the Service: null where it asks us for nothing. */
type Version =
  | { readonly kind: 'unreadable'; readonly problems: readonly Problem[] }
  | { readonly kind: 'asks'; readonly service: Service; readonly reading: TcpReading }
  | { readonly kind: 'foreign'; readonly service: Service };

const versionOf = (
  object: unknown,
  { scope, context, namespace }: { scope: Scope; context: ValidationContext; namespace: string | undefined },
): Version | null => {
  const parsed = parseService(object, 0, namespace);
  const service = parsed.ok ? parsed.value : outlineOf(object);
  if (service === null || service.metadata.deleting) return null;
  const reading = readTcpService(service, { scope, options: context.options });
  if (reading === null) return { kind: 'foreign', service };
  return parsed.ok ? { kind: 'asks', service, reading } : { kind: 'unreadable', problems: parsed.problems };
};

/** A Service that is not ours, and looks as if it was meant to be. */
const slips = ({ metadata }: Service, scope: Scope): readonly string[] => {
  const { annotations } = metadata;
  if (annotations[TCP] !== undefined && annotations[SERVICE_CLASS] === undefined)
    return [
      `${TCP} changes nothing without ${SERVICE_CLASS}; name the class of the router that is to serve it.`,
    ];
  if (annotations[TCP] === undefined && scope.hasClass(annotations[SERVICE_CLASS] ?? ''))
    return [`${SERVICE_CLASS} changes nothing without ${TCP}; name the ports, e.g. "33306:3306".`];
  return [];
};

/**
 * The validating half of admission of Services (there is no other: nothing in a Service is rewritten). Of one that
 * asks for no TCP port of ours nothing is asked.
 */
export const validateService = (
  { object, oldObject, namespace }: ReviewedObjects,
  context: ValidationContext,
): Validation => {
  const { options, view, nowMs } = context;
  const scope = scopeOf(options, view.ingressClasses);
  const now = versionOf(object, { scope, context, namespace });
  if (now === null) return NOTHING;
  if (now.kind === 'foreign') return validationOf([], [], slips(now.service, scope));
  const old =
    oldObject === null || oldObject === undefined
      ? null
      : versionOf(oldObject, { scope, context, namespace });
  const before =
    old === null || old.kind === 'foreign'
      ? []
      : old.kind === 'unreadable'
        ? old.problems
        : problemsOf({ ...old, options, view });
  if (now.kind === 'unreadable') return validationOf(now.problems, before, []);
  const subject: TcpSubject = { service: now.service, reading: now.reading, options, view };
  return validationOf(problemsOf(subject), before, [
    ...viewIsWhole({ view }),
    ...ADVICE.flatMap(check => check(subject, nowMs)),
    ...serviceAnnotationsAreKnown(now.service),
  ]);
};
