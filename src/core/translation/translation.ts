import type { EdgeServiceSpec } from '../edge-service.ts';
import type { EndpointOptions } from '../endpoints.ts';
import type { OwnershipOptions } from '../host-ownership.ts';
import type { ScopeOptions } from '../ingress-scope.ts';
import type { KnownSecrets } from '../known-secrets.ts';
import type { Report } from '../report.ts';
import type { RoutePlan } from '../route-plan.ts';
import type { TcpPortOptions } from '../tcp-ports.ts';

/** What an installation decides about the translation of objects. */
export type TranslatorOptions = ScopeOptions &
  OwnershipOptions &
  TcpPortOptions & {
    /** Name of the service-config annotation. */
    readonly annotation: string;
    readonly endpoints: EndpointOptions;
    /** True where nobody creates edge Services for us (standalone): they are routed to as if they were stored. */
    readonly impliedEdgeServices: boolean;
    /** @default 'all' */
    readonly secrets?: KnownSecrets;
    /** With `none`: Secrets that are known not to be there, by `namespace/name`. @default none */
    readonly absentSecrets?: ReadonlySet<string>;
    /** `namespace/name` of the Secret whose certificate clients are shown where no other is. @default none */
    readonly defaultCertificate?: string;
  };

/** What a look at all objects comes to: the plan, and beside it whatever is wrong with single objects. */
export interface Translation {
  readonly plan: RoutePlan;
  /** Each once, sorted by object. */
  readonly reports: readonly Report[];
  /** The edge Services that have to be there. */
  readonly edgeServices: readonly EdgeServiceSpec[];
  /** Who holds what is claimed: a domain, or a TCP port (`portClaim`). */
  holderOf(name: string): string | undefined;
}
