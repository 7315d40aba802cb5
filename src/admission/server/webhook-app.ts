import type { IncomingMessage } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express';
import { objectName } from '../../core/objects/metadata.ts';
import type { Secret } from '../../core/objects/secret.ts';
import { namedCertificates } from '../named-certificates.ts';
import type { ReviewContext, WebhookName } from '../review-verdict.ts';
import { judgedReview, type ReviewOutcome, readReview } from './answer-review.ts';
import { goDurationMs } from './go-duration.ts';
import { readBody } from './request-body.ts';
import { ReviewLoad } from './review-load.ts';
import type { WebhookClock } from './webhook-clock.ts';
import type { RefusalReason, WebhookEvent } from './webhook-event.ts';
import type { WebhookLimits } from './webhook-limits.ts';

export type WebhookAppOptions = {
  /** What is known now; asked once a review. */
  readonly context: () => Omit<ReviewContext, 'nowMs'>;
  /**
   * Looks at Secrets by namespace and name, within half a second; undefined: it is not there; missing: not known.
   * @default none is known
   */
  readonly lookUp?: (
    names: readonly { readonly namespace: string; readonly name: string }[],
  ) => Promise<ReadonlyMap<string, Secret | undefined>>;
  /** Why this process should get no reviews at present, a line each; none: it is ready. */
  readonly notReady: () => readonly string[];
  /** True once the process is about to end: every answer then ends its connection. */
  readonly isLeaving: () => boolean;
  readonly observe: (event: WebhookEvent) => void;
  readonly limits: WebhookLimits;
  readonly clock: WebhookClock;
};

/**
 * None of these is a denial, and none is 3xx: the API server follows redirects from where it stands
 * (CVE-2020-8561). A status outside of 2xx counts as a failed call, and the failurePolicy decides.
 */
export const REFUSAL_STATUS = {
  BadReview: 400,
  NotFound: 404,
  MethodNotAllowed: 405,
  BodyTooLarge: 413,
  MediaTypeUnsupported: 415,
  Bug: 500,
  Overloaded: 503,
  TooLate: 408,
  BodyCutOff: null,
} as const satisfies Record<RefusalReason, number | null>;

const TEXT: Readonly<Record<RefusalReason, string>> = {
  BadReview: 'the body is no review',
  NotFound: 'there is nothing here; reviews go to /mutate and /validate',
  MethodNotAllowed: 'this method is not answered here',
  BodyTooLarge: 'the body is too large',
  MediaTypeUnsupported: 'reviews are sent as application/json in UTF-8, not compressed',
  Bug: 'internal error; it is in the log of this webhook',
  Overloaded: 'too many reviews are under way',
  TooLate: 'the review did not arrive within its timeout',
  BodyCutOff: '',
};

/** The rest of the body is not waited for. */
const ENDS_CONNECTION: ReadonlySet<RefusalReason> = new Set(['TooLate', 'Bug']);

class WebhookApp {
  readonly #options: WebhookAppOptions;
  readonly #load: ReviewLoad;

  constructor(options: WebhookAppOptions) {
    this.#options = options;
    this.#load = new ReviewLoad(options.limits);
  }

  express(): Express {
    const app = express();
    app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
    app.enable('strict routing').enable('case sensitive routing');
    for (const webhook of ['mutate', 'validate'] as const) {
      app
        .route(`/${webhook}`)
        .post((request, response) => this.#review(webhook, request, response))
        .all(this.#methodNotAllowed('POST'));
    }
    app
      .route('/healthz')
      .get((_, response) => this.#say(response, 200, 'ok'))
      .all(this.#methodNotAllowed('GET, HEAD'));
    app.route('/readyz').get(this.#ready).all(this.#methodNotAllowed('GET, HEAD'));
    app.use((_, response) => this.#refuse(response, 'NotFound'));
    app.use(this.#fail);
    return app;
  }

  readonly #ready: RequestHandler = (_, response) => {
    const reasons = this.#options.notReady();
    if (reasons.length === 0) this.#say(response, 200, 'ok');
    else this.#say(response, 503, reasons.join('\n'));
  };

  #methodNotAllowed(allow: string): RequestHandler {
    return (_, response) => {
      response.set('Allow', allow);
      this.#refuse(response, 'MethodNotAllowed');
    };
  }

  async #review(
    webhook: WebhookName,
    request: IncomingMessage & { readonly query: Readonly<Record<string, unknown>> },
    response: Response,
  ): Promise<void> {
    const { clock } = this.#options;
    const startedMs = clock.now();
    if (!isJson(request)) return this.#refuse(response, 'MediaTypeUnsupported');
    if (!this.#load.enter()) return this.#refuse(response, 'Overloaded');
    try {
      const withinMs = this.#timeoutMs(request.query.timeout);
      const body = await readBody(request, {
        maxBytes: this.#options.limits.maxBodyBytes,
        withinMs,
        load: this.#load,
        clock,
      });
      if (!body.ok) return this.#refuse(response, BODY_FAULTS[body.fault]);
      try {
        // Whoever asked has given up: an answer costs time that others still wait for.
        if (clock.now() - startedMs >= withinMs) return this.#refuse(response, 'TooLate');
        this.#send(response, await this.#answer(webhook, body.bytes), { webhook, startedMs });
      } finally {
        this.#load.release(body.bytes.length);
      }
    } finally {
      this.#load.leave();
    }
  }

  async #answer(webhook: WebhookName, bytes: Uint8Array): Promise<ReviewOutcome> {
    const { context, clock, limits } = this.#options;
    const read = readReview(bytes, limits.maxJsonNodes);
    if (!read.ok) return read;
    const known = context();
    const names = webhook === 'validate' ? namedCertificates(read.request, known) : [];
    return judgedReview(webhook, read.request, {
      ...known,
      ...(await this.#secretsOf(names)),
      nowMs: clock.wallMs(),
    });
  }

  async #secretsOf(
    names: Parameters<NonNullable<WebhookAppOptions['lookUp']>>[0],
  ): Promise<Pick<ReviewContext, 'secret'>> {
    const { lookUp } = this.#options;
    if (lookUp === undefined || names.length === 0) return {};
    const found = await lookUp(names);
    return {
      secret: (namespace, name) => {
        const id = objectName({ namespace, name });
        return found.has(id) ? found.get(id) : null;
      },
    };
  }

  #send(
    response: Response,
    outcome: ReviewOutcome,
    { webhook, startedMs }: { readonly webhook: WebhookName; readonly startedMs: number },
  ): void {
    if (!outcome.ok) {
      this.#refuse(response, outcome.reason, outcome.detail);
      return;
    }
    const { verdict, request } = outcome;
    this.#write(response, { status: 200, type: 'application/json', body: JSON.stringify(outcome.response) });
    this.#options.observe({
      kind: 'reviewed',
      webhook,
      outcome: verdict.denials.length > 0 ? 'denied' : verdict.patch.length > 0 ? 'patched' : 'admitted',
      uid: request.uid,
      operation: request.operation,
      namespace: shown(request.namespace),
      name: shown(request.name),
      username: shown(request.username),
      dryRun: request.dryRun,
      codes: [...new Set(verdict.denials.map(({ code }) => code))],
      warningCount: verdict.warnings.length,
      durationMs: this.#options.clock.now() - startedMs,
    });
  }

  #timeoutMs(text: unknown): number {
    const { defaultTimeoutMs, maxTimeoutMs } = this.#options.limits;
    const asked = typeof text === 'string' ? goDurationMs(text) : undefined;
    return Math.min(asked ?? defaultTimeoutMs, maxTimeoutMs);
  }

  #refuse(response: Response, reason: RefusalReason, detail = ''): void {
    const status = REFUSAL_STATUS[reason];
    if (status !== null && !response.headersSent && !response.destroyed) {
      if (ENDS_CONNECTION.has(reason)) response.set('Connection', 'close');
      this.#say(response, status, detail === '' ? TEXT[reason] : detail);
    }
    this.#options.observe({ kind: 'refused', reason, status, detail });
  }

  /** Plain text: an API server's log repeats that, and of JSON that is no review nothing. */
  #say(response: Response, status: number, text: string): void {
    this.#write(response, { status, type: 'text/plain', body: `sluice: ${text}\n` });
  }

  #write(response: Response, answer: { status: number; type: string; body: string }): void {
    // Asked now, not when the request came: a review that was under way then must not keep its connection.
    if (this.#options.isLeaving()) response.set('Connection', 'close');
    response.status(answer.status).type(answer.type).send(answer.body);
  }

  /** Four parameters: that is how Express knows it. What Express itself refuses (a path that is no UTF-8) is not there. */
  readonly #fail: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
    if (error instanceof URIError) return this.#refuse(response, 'NotFound');
    this.#options.observe({ kind: 'bug', error });
    this.#refuse(response, 'Bug');
  };
}

const BODY_FAULTS = {
  tooLarge: 'BodyTooLarge',
  tooLate: 'TooLate',
  overloaded: 'Overloaded',
  cutOff: 'BodyCutOff',
} as const satisfies Record<string, RefusalReason>;

/** Names that somebody who is no API server may make as long as a body. */
const shown = (name: string): string => (name.length > 253 ? `${name.slice(0, 253)}…` : name);

const isJson = ({ headers }: IncomingMessage): boolean => {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  return (
    type.trim() === 'application/json' &&
    parameters.every(parameter => /^\s*(?:charset="?utf-8"?)?\s*$/.test(parameter)) &&
    (headers['content-encoding'] ?? 'identity') === 'identity'
  );
};

/** The webhook's pages: POST /mutate and /validate; GET /healthz and /readyz for kubelet's probe of this very port. */
export const webhookApp = (options: WebhookAppOptions): Express => new WebhookApp(options).express();
