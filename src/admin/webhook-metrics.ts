import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { familyGroup } from './family-metrics.ts';
import { type MetricFamily, maybe, one } from './metric-family.ts';
import type { MetricsSource } from './metrics-page.ts';
import { WATCH_FAMILIES, type WatchFacts } from './watch-families.ts';

/** What a webhook counts as it happens. Labels come from closed lists, so nobody's input makes a series. */
export type WebhookMeters = {
  reviewed(review: {
    readonly webhook: string;
    readonly outcome: string;
    readonly codes: readonly string[];
    readonly seconds: number;
  }): void;
  refused(reason: string): void;
  handshakeFailed(): void;
};

/** What it is at the moment of a scrape. */
export type WebhookFacts = {
  readonly ready: boolean;
  /** When the served certificate ends, seconds since the epoch; null: none is served. */
  readonly certificateEndsSeconds: number | null;
};

/** The API server gives up after 3 s as installed; most reviews take less than a millisecond. */
const BUCKETS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3];

/** How often the event loop is looked at; the default of 10 ms costs more than it tells. */
const EVENT_LOOP_PRECISION_MS = 100;

const FAMILIES: readonly MetricFamily<WebhookFacts>[] = [
  {
    kind: 'gauge',
    name: 'sluice_webhook_ready',
    help: '1 while reviews should come here.',
    samples: ({ ready }) => one(Number(ready)),
  },
  {
    kind: 'gauge',
    name: 'sluice_webhook_certificate_ends_timestamp_seconds',
    help: 'When the certificate that is served ends.',
    samples: ({ certificateEndsSeconds }) => maybe(certificateEndsSeconds),
  },
];

/** What the metrics of a webhook are read from. */
export type WebhookReadings = {
  readonly facts: () => WebhookFacts;
  readonly watched: () => readonly WatchFacts[];
};

/** The metrics of one webhook process. */
export const webhookMetrics = ({
  facts,
  watched,
}: WebhookReadings): { readonly meters: WebhookMeters; readonly source: MetricsSource } => {
  const registry = new Registry();
  const registers = [registry];
  const seconds = new Histogram({
    name: 'sluice_webhook_review_seconds',
    help: 'From the head of a review to its answer, by webhook and outcome.',
    labelNames: ['webhook', 'outcome'],
    buckets: BUCKETS_SECONDS,
    registers,
  });
  const denials = new Counter({
    name: 'sluice_webhook_denials_total',
    help: 'Denied reviews by code; one with several codes counts for each.',
    labelNames: ['code'],
    registers,
  });
  const refused = new Counter({
    name: 'sluice_webhook_refused_total',
    help: 'Calls that got no review: the API server went by the failurePolicy.',
    labelNames: ['reason'],
    registers,
  });
  const handshakes = new Counter({
    name: 'sluice_webhook_handshake_failures_total',
    help: 'TLS handshakes that came to nothing, port scans among them.',
    registers,
  });
  const fillers = [familyGroup(FAMILIES, facts)(registry), familyGroup(WATCH_FAMILIES, watched)(registry)];
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS });
  return {
    meters: {
      reviewed: ({ webhook, outcome, codes, seconds: taken }) => {
        seconds.observe({ webhook, outcome }, taken);
        for (const code of codes) denials.inc({ code });
      },
      refused: reason => refused.inc({ reason }),
      handshakeFailed: () => handshakes.inc(),
    },
    source: {
      contentType: registry.contentType,
      metrics: () => {
        for (const fill of fillers) fill();
        return registry.metrics();
      },
    },
  };
};
