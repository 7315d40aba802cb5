import type { Metadata } from './metadata.ts';

/** core/v1 Service, as far as we read it. */
export type Service = {
  readonly kind: 'Service';
  readonly metadata: Metadata;
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** Null: selectorless. */
  readonly selector: Readonly<Record<string, string>> | null;
  readonly ports: readonly ServicePort[];
  readonly ipFamilies: readonly string[];
};

export type ServicePort = {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  /** Number, or the name of a container port; defaults to `port`. */
  readonly targetPort: number | string;
  readonly appProtocol: string | null;
};
