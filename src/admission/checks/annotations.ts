import { annotationField, NGINX_PREFIX } from '../../core/annotation-names.ts';
import { canonicalJson } from '../../core/canonical-json.ts';
import { canaryTickets } from '../../core/nginx-annotations.ts';
import type { Problem } from '../../core/problem.ts';
import type { Check } from './subject.ts';

/** `AnnotationInvalid`: a known annotation outside its grammar; never silently its default. */
export const annotationsAreReadable: Check = ({ ingress, nginx }) => {
  const { namespace } = ingress.metadata;
  const { basicAuth, backend } = nginx;
  const secret = backend?.kind === 'tls' ? backend.tls.secret : null;
  const asked = [
    ['auth-secret', basicAuth?.namespace ?? namespace],
    ['proxy-ssl-secret', secret?.namespace ?? namespace],
  ] as const;
  const foreignSecrets = asked
    .filter(([, secretOf]) => secretOf !== namespace)
    .map(([name]): Problem => {
      const full = NGINX_PREFIX + name;
      return {
        code: 'AnnotationInvalid',
        field: annotationField(full),
        value: ingress.metadata.annotations[full] ?? '',
        message: `names a Secret of another namespace; only those of ${JSON.stringify(namespace)} are read for this Ingress.`,
      };
    });
  return [...nginx.problems, ...nginx.accessProblems, ...foreignSecrets];
};

/** `AnnotationUnsupported`: ignoring it would open what was closed. */
export const accessControlIsEnforced: Check = ({ nginx }) => nginx.unsupportedAccess;

/** `CanaryIngress`: ingress-nginx' canary, with the ticket that says the same. */
export const canaryIsATicket: Check = ({ ingress, nginx }) => {
  if (!nginx.canary) return [];
  const backend = ingress.rules.flatMap(rule => rule.paths).map(path => path.backend)[0];
  const edge = backend?.kind === 'service' ? backend.name : 'edge-svc';
  const tickets = canonicalJson(canaryTickets(ingress.metadata.annotations));
  return [
    {
      code: 'CanaryIngress',
      field: annotationField(`${NGINX_PREFIX}canary`),
      value: 'true',
      message:
        'a second Ingress for the canary is not needed: annotate the Ingress of the stable Service with ' +
        `sluice.dev/tickets: '${tickets}' and sluice.dev/edge-services: '{"<stable Service>":"${edge}"}', and delete this one.`,
    },
  ];
};
