import type { AdminPage } from './admin-page.ts';

/** A prom-client Registry, or something that fills one first. */
export type MetricsSource = {
  readonly contentType: string;
  metrics(): Promise<string>;
};

/** Metrics for Prometheus. Whoever asks while they are gathered gets the same ones: many scrapers cost as much as one. */
export const metricsPage = (source: MetricsSource): AdminPage => {
  let gathering: Promise<string> | null = null;
  return {
    path: '/metrics',
    about: 'counters and gauges for Prometheus',
    answer: async () => {
      gathering ??= source.metrics().finally(() => {
        gathering = null;
      });
      return { status: 200, type: source.contentType, text: await gathering };
    },
  };
};
