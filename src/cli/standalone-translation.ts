import type { AdmissionOptions } from '../admission/admission-options.ts';
import { objectName } from '../core/objects/metadata.ts';
import type { Report } from '../core/report.ts';
import type { TranslateOptions } from '../core/translate.ts';
import type { SecretName } from './secret-name-flag.ts';

/** The default certificate as the translation knows it. */
export const defaultCertificateOf = (
  secret: SecretName | undefined,
): Pick<TranslateOptions, 'defaultCertificate'> =>
  secret === undefined ? {} : { defaultCertificate: objectName(secret) };

/** How objects from files are translated: pods may live on this machine, and nobody stores edge Services for us. */
export const standaloneTranslation = (
  admission: AdmissionOptions,
  defaultCertificate?: SecretName,
): TranslateOptions => ({
  ...admission,
  ...defaultCertificateOf(defaultCertificate),
  endpoints: { allowLoopback: true, requirePodTargetRef: false },
  impliedEdgeServices: true,
});

/** The reports that concern somebody without a cluster: in-cluster callers of a Service are not among them. */
export const standaloneReports = (reports: readonly Report[]): readonly Report[] =>
  reports.filter(({ reason }) => reason !== 'StableSelectorMatchesEdge');
