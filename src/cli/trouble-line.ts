import type { Trouble } from '../kube/watching/reflector-options.ts';

/** As much of pino as is used here. */
type WarningLog = { readonly warn: (fields: object, line: string) => void };

/** Tells a log that a list or watch failed, why, and what is the case until the next one. */
export const troubleTeller =
  (log: WarningLog, meanwhile: string) =>
  ({ message, delayMs, ...fields }: Trouble): void =>
    log.warn(
      { ...fields, delayMs: Math.round(delayMs) },
      `${fields.doing} of ${fields.kind}: ${message}; ${meanwhile}`,
    );
