import { type AskedSecret, secretsAskedBy } from '../../core/asked-secret.ts';
import { recordedClaims } from '../../core/claim-records.ts';
import { type IngressReading, readIngress } from '../../core/ingress-reading.ts';
import { type Scope, scopeOf } from '../../core/ingress-scope.ts';
import { readTcpService } from '../../core/tcp-reading.ts';
import { translate } from '../../core/translate.ts';
import type { ObjectRef } from '../../kube/kind.ts';
import type { StoredIngress } from '../stored-kinds.ts';
import { type Action, compareActions } from './action.ts';
import { certificateNotices } from './certificate-notices.ts';
import { type ClaimsSummary, claimantsOf, decideClaims } from './claims.ts';
import { decideEdgeServices } from './edge-services.ts';
import { decideNotices, type Notice, orphans } from './notices.ts';
import type { ControllerOptions, Observed, WakeTime } from './observed.ts';
import { type AdmissionNeed, decideRepairs, type RepairPacing } from './repairs.ts';
import { missingGrants } from './secret-grant.ts';
import { decideStatus } from './status.ts';

/** What one look at the cluster comes to. */
export type Decision = {
  /** Sorted: in the order in which they are done. */
  readonly actions: readonly Action[];
  readonly notices: readonly Notice[];
  /** How many edge Services of ours there should be. */
  readonly edgeServices: number;
  readonly claims: ClaimsSummary;
  /** Secrets that Ingresses ask for. */
  readonly askedSecrets: readonly ObjectRef[];
  /** Those of them that hold certificates. */
  readonly certificateSecrets: readonly ObjectRef[];
  /** When time alone makes something else of it. */
  readonly wakeMs: WakeTime;
};

export type DecisionContext = {
  readonly options: ControllerOptions;
  readonly needOf: AdmissionNeed;
  readonly pacing: RepairPacing;
};

const nameOf = ({ namespace, name }: AskedSecret): ObjectRef => ({ namespace, name });

const readingsOf = (
  { ingresses }: Observed,
  scope: Scope,
  { annotation }: ControllerOptions,
): readonly IngressReading[] =>
  ingresses.flatMap(({ object }) => {
    const reading = readIngress(object, { scope, annotation });
    // A canary serves nothing and never competes (DESIGN 5).
    return reading === null || reading.nginx.canary ? [] : [reading];
  });

const translated = (observed: Observed, options: ControllerOptions) =>
  translate(
    {
      ingresses: observed.ingresses.map(({ object }): StoredIngress => object),
      services: observed.services.map(({ object }) => object),
      pods: [],
      endpointSlices: observed.endpointSlices,
      namespaces: observed.namespaces,
      ingressClasses: observed.ingressClasses,
      secrets: observed.secrets,
    },
    {
      ...options,
      recordedClaims: recordedClaims(observed.claimMaps.map(({ object }) => object)),
      endpoints: { allowLoopback: false, requirePodTargetRef: true },
      impliedEdgeServices: false,
      secrets: 'none',
      absentSecrets: observed.absentSecrets,
    },
  );

/** Observed -> actions: pure, and the same for every controller that sees the same (checklist R9). */
export const decideActions = (observed: Observed, { options, needOf, pacing }: DecisionContext): Decision => {
  const scope = scopeOf(options, observed.ingressClasses);
  const readings = readingsOf(observed, scope, options);
  const services = observed.services.flatMap(
    ({ object }) => readTcpService(object, { scope, options }) ?? [],
  );
  const translation = translated(observed, options);
  const claimants = claimantsOf({ ingresses: readings, services }, observed, options);
  const claims = decideClaims(claimants, observed, options);
  const repairs = decideRepairs(observed, options, { needOf, pacing });
  const { notices, wakeMs } = decideNotices(translation, [...readings, ...services], observed);
  const certificates = certificateNotices(readings, observed);
  const asked = readings.flatMap(secretsAskedBy);
  return {
    actions: [
      ...decideEdgeServices(translation.edgeServices, observed),
      ...claims.actions,
      ...repairs.actions,
      ...decideStatus(observed, options, scope),
    ].sort(compareActions),
    notices: [
      ...notices,
      ...orphans(observed, scope, options.controllerName),
      ...claims.notices,
      ...certificates.notices,
      ...missingGrants(readings, { ...observed, ...options }),
    ],
    edgeServices: translation.edgeServices.length,
    claims: claims.summary,
    askedSecrets: asked.map(nameOf),
    certificateSecrets: asked.filter(({ use }) => use === 'certificate').map(nameOf),
    wakeMs: Math.min(claims.wakeMs, repairs.wakeMs, certificates.wakeMs, wakeMs),
  };
};
