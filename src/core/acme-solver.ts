import type { Ingress } from './objects/ingress.ts';

const SOLVER_LABEL = 'acme.cert-manager.io/http01-solver';

/** A token is base64url (RFC 8555 8.3): neither `..` nor a regex of `use-regex` can lead out of the folder. */
const CHALLENGE = /^\/\.well-known\/acme-challenge\/[\w-]*$/;

/**
 * True for the Ingress that cert-manager makes to answer an HTTP-01 challenge: its label and nothing but
 * challenge paths. It looks its own rule up by host, so its hosts stay as they are (DESIGN 5). The label
 * alone would let anybody opt out of the rewrite.
 */
export const isAcmeSolver = ({ metadata, rules, defaultBackend }: Ingress): boolean => {
  const paths = rules.flatMap(rule => rule.paths);
  return (
    metadata.labels[SOLVER_LABEL] === 'true' &&
    defaultBackend === null &&
    paths.length > 0 &&
    paths.every(({ path }) => CHALLENGE.test(path))
  );
};
