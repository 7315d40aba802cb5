import type { Metadata } from './metadata.ts';

/** core/v1 ConfigMap; `binaryData` is not read. */
export type ConfigMap = {
  readonly kind: 'ConfigMap';
  readonly metadata: Metadata;
  readonly data: Readonly<Record<string, string>>;
};
