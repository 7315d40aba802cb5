import type { ScopeOptions } from '../core/ingress-scope.ts';
import { CONTROLLER_NAME } from '../core/ingress-scope.ts';
import { DEFAULT_ANNOTATION } from '../core/service-config.ts';
import { EVERY_TCP_PORT, type TcpPortOptions } from '../core/tcp-ports.ts';

/** What an installation decides about admission (DESIGN 5). */
export type AdmissionOptions = ScopeOptions &
  TcpPortOptions & {
    /** Name of the service-config annotation. */
    readonly annotation: string;
    /** False: hosts stay, only the annotation is written (`--rewrite off`). */
    readonly rewrite: boolean;
    /** `claims`: a host belongs to the namespace that had it first; `off`: nobody asks. */
    readonly hostOwnership: 'claims' | 'off';
    /** Namespaces that may write a rule for all hosts; `any` in standalone. */
    readonly catchAllNamespaces: readonly string[] | 'any';
  };

/** Standalone and `sluice admit`, with no flag given. */
export const STANDALONE_OPTIONS: AdmissionOptions = {
  controllerName: CONTROLLER_NAME,
  classes: [],
  everyClass: true,
  annotation: DEFAULT_ANNOTATION,
  rewrite: true,
  hostOwnership: 'claims',
  catchAllNamespaces: 'any',
  ...EVERY_TCP_PORT,
};
