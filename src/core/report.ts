import { escaped, PROBLEM_CODES } from './problem.ts';

/** What can be wrong with stored objects while others go on (DESIGN 5 and 6). Stable like problem codes. */
export const REPORT_REASONS = [
  // A problem of a stored Ingress keeps its admission code, so that one word leads to one page of docs.
  ...PROBLEM_CODES,
  'CertificateInvalid',
  'CertificateMissing',
  'CertificateNotForHost',
  'EdgeNameTaken',
  'EdgeOfEdge',
  'EdgeSelectorVoid',
  'EdgeServiceUnmanaged',
  'EndpointRefused',
  'ServiceExternalName',
  'ServiceMissing',
  'ServicePortMissing',
  'StableExternalName',
  'StableMissing',
  'StableSelectorMatchesEdge',
  'StableSelectorless',
] as const;

export type ReportReason = (typeof REPORT_REASONS)[number];

/** Something that people should know of an object: an Event in a cluster, a line on stderr in standalone. */
export type Report = {
  readonly reason: ReportReason;
  readonly object: { readonly kind: string; readonly namespace: string; readonly name: string };
  /** What is the case, what we do about it, and what to change; no newline. */
  readonly message: string;
};

/** Namespace and name have at most 63 and 253 characters; a backend in a file may name its Service anything. */
const SHOWN_NAME_LENGTH = 320;

/** `EdgeOfEdge Ingress default/shop: message`, one line whatever the object is called. */
export const formatReport = ({ reason, object, message }: Report): string =>
  `${reason} ${object.kind} ${escaped(`${object.namespace}/${object.name}`.slice(0, SHOWN_NAME_LENGTH))}: ${escaped(message)}`;

/** One text for one report, by which reports are sorted. */
export const reportIdentity = ({ reason, object, message }: Report): string =>
  JSON.stringify([object.namespace, object.kind, object.name, reason, message]);

/** Each report once, sorted by object, so that equal states give equal output. */
export const uniqueReports = (reports: readonly Report[]): readonly Report[] => {
  const byIdentity = new Map(reports.map(report => [reportIdentity(report), report]));
  return [...byIdentity].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, report]) => report);
};
