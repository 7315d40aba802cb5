/**
 * What a claim is of: a host, nothing for requests for all hosts, or `:33306` for a TCP port of the router. A colon
 * stands in no host, so the three are told apart wherever claims are kept.
 */
export const portClaim = (port: number): string => `:${port}`;

/** The port that a claim is of; undefined: it is one of a host. */
export const claimedPort = (name: string): number | undefined => {
  const port = /^:[1-9]\d{0,4}$/.test(name) ? Number(name.slice(1)) : 0;
  return port > 0 && port <= 65_535 ? port : undefined;
};
