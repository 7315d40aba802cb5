import { NGINX_PREFIX } from './annotation-names.ts';
import { tlsEntriesOf } from './certificates/tls-entry.ts';
import { type IngressReading, type ReadingContext, readIngress } from './ingress-reading.ts';
import type { Ingress } from './objects/ingress.ts';

/**
 * What an Ingress asks a Secret for. `users`: basic auth; `backend`: what pods that speak TLS are known by, and are
 * shown; its routes hang on both. `certificate`: what clients are shown; hosts hang on it, which may be those of other
 * Ingresses (ADR 0025).
 */
export type SecretUse = 'users' | 'backend' | 'certificate';

/** A Secret of the Ingress' own namespace: nobody gets at another's by writing its name. */
export type AskedSecret = { readonly namespace: string; readonly name: string; readonly use: SecretUse };

const usersSecret = ({ ingress, nginx }: IngressReading): readonly AskedSecret[] => {
  const { basicAuth } = nginx;
  const { namespace } = ingress.metadata;
  if (basicAuth === null || basicAuth.secret === '') return [];
  return basicAuth.namespace === null || basicAuth.namespace === namespace
    ? [{ namespace, name: basicAuth.secret, use: 'users' }]
    : [];
};

const backendSecret = ({ ingress, nginx }: IngressReading): readonly AskedSecret[] => {
  const { namespace } = ingress.metadata;
  const secret = nginx.backend?.kind === 'tls' ? nginx.backend.tls.secret : null;
  if (secret === null || secret.name === '') return [];
  return secret.namespace === null || secret.namespace === namespace
    ? [{ namespace, name: secret.name, use: 'backend' }]
    : [];
};

const certificateSecrets = (reading: IngressReading): readonly AskedSecret[] => {
  const { namespace } = reading.ingress.metadata;
  return tlsEntriesOf(reading).flatMap(({ secret }) =>
    secret === null ? [] : [{ namespace, name: secret, use: 'certificate' as const }],
  );
};

const ASKERS = [usersSecret, backendSecret, certificateSecrets] as const;

/** The Secrets that an Ingress asks for; those that it may not have are not among them. */
export const secretsAskedBy = (reading: IngressReading): readonly AskedSecret[] =>
  ASKERS.flatMap(asked => asked(reading));

/** Without these an Ingress asks for none, as most do, and need not be read. */
const ASKING_ANNOTATIONS = [`${NGINX_PREFIX}auth-secret`, `${NGINX_PREFIX}proxy-ssl-secret`] as const;

/** The same of a stored Ingress. */
export const secretsAskedFor = (ingress: Ingress, context: ReadingContext): readonly AskedSecret[] => {
  const { annotations } = ingress.metadata;
  if (ingress.tls.length === 0 && ASKING_ANNOTATIONS.every(name => annotations[name] === undefined))
    return [];
  const reading = readIngress(ingress, context);
  return reading === null ? [] : secretsAskedBy(reading);
};
