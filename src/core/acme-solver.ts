import type { Ingress } from './objects/ingress.ts';

const SOLVER_LABEL = 'acme.cert-manager.io/http01-solver';
const CHALLENGE_PREFIX = '/.well-known/acme-challenge/';

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
    paths.every(({ path }) => path.startsWith(CHALLENGE_PREFIX))
  );
};
