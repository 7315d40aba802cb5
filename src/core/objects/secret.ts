import type { Metadata } from './metadata.ts';

/** core/v1 Secret; values stay base64 until somebody who may read them asks. */
export type Secret = {
  readonly kind: 'Secret';
  readonly metadata: Metadata;
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
};
