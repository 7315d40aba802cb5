import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { MetricsSource } from './metrics-page.ts';
import type { RouterFacts } from './router-facts.ts';
import { type MetricFamily, ROUTER_FAMILIES, type Sample } from './router-families.ts';

/** How often the event loop of this process is looked at; the default of 10 ms costs more than it tells of a process that is idle. */
const EVENT_LOOP_PRECISION_MS = 100;

/** What takes the samples of one family over into a registry. */
const familyIn = (
  registry: Registry,
  { kind, name, help, labelNames = [] }: MetricFamily,
): ((samples: readonly Sample[]) => void) => {
  const configuration = { name, help, labelNames: [...labelNames], registers: [registry] };
  if (kind === 'gauge') {
    const metric = new Gauge(configuration);
    return samples => {
      // Not reset, which would show a 0 where there is no value now.
      metric.remove();
      for (const { labels, value } of samples) metric.set(labels, value);
    };
  }
  const metric = new Counter(configuration);
  return samples => {
    metric.reset();
    // Whoever counts is elsewhere: this is its count, not a step.
    for (const { labels, value } of samples) metric.inc(labels, value);
  };
};

/** The metrics of a router and of its primary process, read once a scrape so that all are of one moment. */
export const routerMetrics = (read: () => RouterFacts): MetricsSource => {
  const registry = new Registry();
  const families = ROUTER_FAMILIES.map(family => ({
    samples: family.samples,
    takeOver: familyIn(registry, family),
  }));
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS });
  return {
    contentType: registry.contentType,
    metrics: () => {
      const facts = read();
      for (const { samples, takeOver } of families) takeOver(samples(facts));
      return registry.metrics();
    },
  };
};
