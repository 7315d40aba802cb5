import type { Metadata } from './metadata.ts';

/** core/v1 Pod, as far as we read it. */
export type Pod = {
  readonly kind: 'Pod';
  readonly metadata: Metadata;
  readonly ips: readonly string[];
  /** Condition `Ready` is `True` and the Pod is not terminating. */
  readonly ready: boolean;
  /** Condition `Ready` is `True`, terminating or not. */
  readonly serving: boolean;
  /** `Succeeded` or `Failed`: no endpoint. */
  readonly finished: boolean;
  readonly containerPorts: readonly {
    readonly name: string;
    readonly port: number;
    readonly protocol: string;
  }[];
};
