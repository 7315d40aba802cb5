import type { AdmissionOptions } from '../admission/admission-options.ts';
import type { Report } from '../core/report.ts';
import type { TranslateOptions } from '../core/translate.ts';

/** How objects from files are translated: pods may live on this machine, and nobody stores edge Services for us. */
export const standaloneTranslation = (admission: AdmissionOptions): TranslateOptions => ({
  ...admission,
  endpoints: { allowLoopback: true, requirePodTargetRef: false },
  impliedEdgeServices: true,
});

/** The reports that concern somebody without a cluster: in-cluster callers of a Service are not among them. */
export const standaloneReports = (reports: readonly Report[]): readonly Report[] =>
  reports.filter(({ reason }) => reason !== 'StableSelectorMatchesEdge');
