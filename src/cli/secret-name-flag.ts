import { InvalidArgumentError } from 'commander';
import { isDnsLabel, isDnsSubdomain } from '../core/objects/dns-name.ts';

/** Which Secret; it need not be there yet. */
export type SecretName = { readonly namespace: string; readonly name: string };

/** A flag's `NAMESPACE/NAME`. */
export const readSecretName = (text: string): SecretName => {
  const [namespace = '', name = '', ...more] = text.split('/');
  if (more.length === 0 && isDnsLabel(namespace) && isDnsSubdomain(name)) return { namespace, name };
  throw new InvalidArgumentError('Write NAMESPACE/NAME of a Secret, such as sluice-system/default-tls.');
};
