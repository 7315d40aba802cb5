import { NGINX_PREFIX } from './annotation-names.ts';
import { type IngressReading, type ReadingContext, readIngress } from './ingress-reading.ts';
import type { Ingress } from './objects/ingress.ts';

type SecretName = { readonly namespace: string; readonly name: string };

/** The Secret whose users an Ingress asks for, of its own namespace; null where it asks for none that it may have. */
export const secretAskedBy = ({ ingress, nginx }: IngressReading): SecretName | null => {
  const { basicAuth } = nginx;
  const { namespace } = ingress.metadata;
  if (basicAuth === null || basicAuth.secret === '') return null;
  return basicAuth.namespace === null || basicAuth.namespace === namespace
    ? { namespace, name: basicAuth.secret }
    : null;
};

const AUTH_SECRET = `${NGINX_PREFIX}auth-secret`;

/** The same of a stored Ingress; one that asks for none, as most do, costs a look at one annotation. */
export const secretAskedFor = (ingress: Ingress, context: ReadingContext): SecretName | null => {
  if (ingress.metadata.annotations[AUTH_SECRET] === undefined) return null;
  const reading = readIngress(ingress, context);
  return reading === null ? null : secretAskedBy(reading);
};
