import { isIP } from 'node:net';
import { InvalidArgumentError } from 'commander';
import { canonicalHost } from '../core/host.ts';

/**
 * A further name of the webhook's certificate; repeatable.
 * @throws InvalidArgumentError, which commander prints
 */
export const readCertificateName = (text: string, before: readonly string[] = []): readonly string[] => {
  const name = isIP(text) === 0 ? canonicalHost(text) : text;
  if (name !== undefined && !name.startsWith('*')) return [...before, name];
  throw new InvalidArgumentError('Write a host name or an IP address.');
};
