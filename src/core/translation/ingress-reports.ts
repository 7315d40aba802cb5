import { annotationField, NGINX_PREFIX } from '../annotation-names.ts';
import type { EdgeRefusal } from '../edge-plan.ts';
import { findBackend } from '../found-backend.ts';
import type { IngressReading } from '../ingress-reading.ts';
import { type Problem, problemDetail } from '../problem.ts';
import type { Report, ReportReason } from '../report.ts';
import { usersFor } from '../route-action.ts';
import type { SecretSource } from '../secret-source.ts';

const report = ({ ingress }: IngressReading, reason: ReportReason, message: string): Report => {
  const { namespace, name } = ingress.metadata;
  return { reason, object: { kind: 'Ingress', namespace, name }, message };
};

export const problemReport = (reading: IngressReading, problem: Problem): Report =>
  report(reading, problem.code, problemDetail(problem));

const unservedProblems = (reading: IngressReading): readonly Problem[] =>
  reading.unserved.map(({ index, host, why }) => ({
    code: why === 'invalid' ? 'HostInvalid' : 'KeyMismatch',
    field: `spec.rules[${index}].host`,
    value: host,
    message:
      why === 'invalid'
        ? 'is no host name; this rule is not served.'
        : 'is a host key that this router did not make; this rule is not served.',
  }));

const CANARY: Problem = {
  code: 'CanaryIngress',
  field: 'metadata.annotations[nginx.ingress.kubernetes.io/canary]',
  value: 'true',
  message: 'this Ingress is not served; write its rule as a ticket on the Ingress of the stable Service.',
};

/** What is wrong with the users of an Ingress, which no look at the Ingress alone shows. */
const userProblems = (reading: IngressReading, backends: SecretSource): readonly Problem[] => {
  const users = usersFor(reading, backends);
  if (users === null || reading.nginx.accessProblems.length > 0) return [];
  const messages = users.ok ? users.warnings : [`${users.reason}; its routes answer 503`];
  const field = annotationField(`${NGINX_PREFIX}auth-secret`);
  return messages.map(message => ({ code: 'AnnotationInvalid', field, message: `${message}.` }));
};

/** The same of the Secret by which it knows its pods. */
const backendProblems = (reading: IngressReading, backends: SecretSource): readonly Problem[] => {
  const found = findBackend(reading, '', backends);
  if (found.ok || found.report === null) return [];
  const field = annotationField(`${NGINX_PREFIX}proxy-ssl-secret`);
  return [{ code: 'AnnotationInvalid', field, message: `${found.report}; its routes answer 503.` }];
};

/** Everything that is wrong with one Ingress, but for the domains that it may not serve and paths of rules that serve one. */
export const ingressReports = (
  reading: IngressReading,
  world: { readonly backends: SecretSource; readonly refusals: readonly EdgeRefusal[] },
): readonly Report[] => {
  if (reading.nginx.canary) return [problemReport(reading, CANARY)];
  return [
    ...[
      ...reading.problems,
      ...unservedProblems(reading),
      ...userProblems(reading, world.backends),
      ...backendProblems(reading, world.backends),
    ].map(problem => problemReport(reading, problem)),
    ...world.refusals.map(({ reason, message }) => report(reading, reason, message)),
  ];
};
