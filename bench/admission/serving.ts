import { isRecord } from '../../src/core/canonical-json.ts';

/** The name that the certificate is for, and by which it is called. */
export const WEBHOOK_NAME = 'sluice-webhook.sluice-system.svc';

/** As many as the writes that the reviews are of. */
export const CHANGES_PER_SECOND = 100;

/** What a server tells its parent once it listens. */
export type Serving = {
  readonly port: number;
  /** PEM */
  readonly ca: string;
};

export const isServing = (message: unknown): message is Serving =>
  isRecord(message) && typeof message.port === 'number' && typeof message.ca === 'string';
