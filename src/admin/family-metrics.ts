import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { MetricFamily, Sample } from './metric-family.ts';
import type { MetricsSource } from './metrics-page.ts';

/** How often the event loop of this process is looked at; the default of 10 ms costs more than it tells of a process that is idle. */
const EVENT_LOOP_PRECISION_MS = 100;

/** What takes the samples of one family over into a registry. */
const familyIn = <Facts>(
  registry: Registry,
  { kind, name, help, labelNames = [] }: MetricFamily<Facts>,
): ((samples: readonly Sample[]) => void) => {
  const configuration = { name, help, labelNames: [...labelNames], registers: [registry] };
  if (kind === 'gauge') {
    const metric = new Gauge(configuration);
    return samples => {
      // A reset shows a 0 where there is no value now, unless there are labels; remove() takes none only without them.
      if (labelNames.length === 0) metric.remove();
      else metric.reset();
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

/** Families with what their facts are read from; adds them to a registry, and returns what fills them anew. */
export type FamilyGroup = (registry: Registry) => () => void;

/** The facts are read once a scrape, so that all samples are of one moment. */
export const familyGroup =
  <Facts>(families: readonly MetricFamily<Facts>[], read: () => Facts): FamilyGroup =>
  registry => {
    const filled = families.map(family => ({
      samples: family.samples,
      takeOver: familyIn(registry, family),
    }));
    return () => {
      const facts = read();
      for (const { samples, takeOver } of filled) takeOver(samples(facts));
    };
  };

/** The metrics of some groups, and those of this process. */
export const familyMetrics = (groups: readonly FamilyGroup[]): MetricsSource => {
  const registry = new Registry();
  const fillers = groups.map(group => group(registry));
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS });
  return {
    contentType: registry.contentType,
    metrics: () => {
      for (const fill of fillers) fill();
      return registry.metrics();
    },
  };
};
