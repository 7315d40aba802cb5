import type { WebhookMeters } from '../admin/webhook-metrics.ts';
import type { WebhookEvent } from '../admission/server/webhook-event.ts';

/** As much of pino as is used here. */
export type WebhookLog = {
  readonly [Level in 'debug' | 'info' | 'warn' | 'error']: (fields: object, message: string) => void;
};

/** Lines about refused calls in a while: whoever finds the port must not be able to fill a disk. */
const REFUSALS_TOLD = 20;
const REFUSALS_WITHIN_MS = 10_000;

/** Makes log lines and counts of what happens at the webhook's port: a line for each denial, without any value of the object. */
export class WebhookReport {
  readonly #log: WebhookLog;
  readonly #meters: WebhookMeters;
  readonly #now: () => number;
  #refusals = { sinceMs: Number.NEGATIVE_INFINITY, told: 0, hidden: 0 };

  constructor(log: WebhookLog, meters: WebhookMeters, now: () => number) {
    this.#log = log;
    this.#meters = meters;
    this.#now = now;
  }

  readonly take = (event: WebhookEvent): void => {
    switch (event.kind) {
      case 'reviewed':
        this.#reviewed(event);
        break;
      case 'refused':
        this.#meters.refused(event.reason);
        this.#refused(event);
        break;
      case 'bug':
        this.#log.error({ err: event.error }, 'a bug: the review was answered with 500');
        break;
      case 'handshakeFailed':
        this.#meters.handshakeFailed();
        this.#log.debug({ code: event.code }, 'a TLS handshake came to nothing');
        break;
      default:
        event satisfies never;
    }
  };

  #reviewed(event: Extract<WebhookEvent, { kind: 'reviewed' }>): void {
    const { kind: _, durationMs, ...review } = event;
    this.#meters.reviewed({ ...review, seconds: durationMs / 1000 });
    if (event.outcome === 'denied') this.#log.info(review, 'denied');
    else this.#log.debug(review, event.outcome);
  }

  #refused({ reason, status, detail }: Extract<WebhookEvent, { kind: 'refused' }>): void {
    // Whoever asks for /favicon.ico, or was cut off, has not lost a review.
    const isQuiet = reason === 'NotFound' || reason === 'MethodNotAllowed' || reason === 'BodyCutOff';
    if (isQuiet || !this.#mayTell()) return;
    const { hidden } = this.#refusals;
    this.#refusals.hidden = 0;
    this.#log.warn(
      { reason, status, ...(detail === '' ? {} : { detail }), ...(hidden === 0 ? {} : { hidden }) },
      'refused',
    );
  }

  #mayTell(): boolean {
    const nowMs = this.#now();
    if (nowMs - this.#refusals.sinceMs >= REFUSALS_WITHIN_MS)
      this.#refusals = { sinceMs: nowMs, told: 0, hidden: this.#refusals.hidden };
    if (this.#refusals.told >= REFUSALS_TOLD) {
      this.#refusals.hidden += 1;
      return false;
    }
    this.#refusals.told += 1;
    return true;
  }
}
