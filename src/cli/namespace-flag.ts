import { InvalidArgumentError } from 'commander';
import { isDnsLabel } from '../core/objects/dns-name.ts';

/** A flag's namespace: one that no cluster can have would be followed for ever without a word. */
export const readNamespace = (text: string): string => {
  if (isDnsLabel(text)) return text;
  throw new InvalidArgumentError(
    'Write the name of a namespace: small letters, digits and "-", at most 63 of them.',
  );
};

/** A repeatable flag of namespaces. */
export const readNamespaces = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  readNamespace(text),
];
