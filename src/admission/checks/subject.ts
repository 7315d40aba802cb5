import type { NginxAnnotations } from '../../core/nginx-annotations.ts';
import type { Ingress } from '../../core/objects/ingress.ts';
import type { Problem } from '../../core/problem.ts';
import type { ServedRule } from '../../core/served-hosts.ts';
import type { ServiceConfig } from '../../core/service-config.ts';
import type { Ticket } from '../../core/ticket/ticket.ts';
import type { AdmissionOptions } from '../admission-options.ts';
import type { ClusterView } from '../cluster-view.ts';

/** One Ingress under validation, read once for all checks. */
export type Subject = {
  readonly ingress: Ingress;
  /** What it amounts to, and why that could not be computed: the rest of the checks then goes by what is there. */
  readonly config: ServiceConfig;
  /** False: a broken serviceMap is reported already, and nothing follows from what is missing in it. */
  readonly serviceMapKnown: boolean;
  readonly rules: readonly ServedRule[];
  readonly tickets: readonly Ticket[];
  /** Where a ticket stands that the author wrote: with its index in a list, without in a single one. */
  ticketField(index: number): string;
  readonly serviceMapField: string;
  readonly hostsField: string;
  readonly nginx: NginxAnnotations;
  readonly options: AdmissionOptions;
  readonly view: ClusterView;
  readonly secret: ClusterView['secret'];
};

/** One rule of the policy: every breach of it, at once. */
export type Check = (subject: Subject) => readonly Problem[];

/** One thing worth telling the author although the object is fine: a line that kubectl prints. */
export type Advice = (subject: Subject, nowMs: number) => readonly string[];

/** `spec.rules[0].http.paths[1]`, or the default backend as the author's API version spells it. */
export const backendField = (ingress: Ingress, rule: number, path: number): string =>
  rule < 0
    ? `spec.${ingress.dialect === 'v1' ? 'defaultBackend' : 'backend'}`
    : `spec.rules[${rule}].http.paths[${path}]`;
