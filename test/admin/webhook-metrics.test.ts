import test from 'ava';
import type { WatchFacts } from '../../src/admin/watch-families.ts';
import { type WebhookFacts, type WebhookReadings, webhookMetrics } from '../../src/admin/webhook-metrics.ts';
import { quotedIn, read } from '../helpers/documents.ts';
import { sectionOf, tableRows } from '../helpers/markdown.ts';

const FACTS: WebhookFacts = {
  ready: false,
  certificateEndsSeconds: 1_800_000_000,
};

const INGRESSES: WatchFacts = {
  kind: 'Ingress',
  isSynced: true,
  isWatching: true,
  silentSeconds: 2.5,
  failuresInRow: 0,
  objects: 7,
  unreadable: 0,
  lists: 1,
  watches: 1,
  listFailures: {},
  watchEnds: {},
  events: {},
  drops: {},
};

const readings = (parts: Partial<WebhookFacts> = {}): WebhookReadings => ({
  facts: () => ({ ...FACTS, ...parts }),
  watched: () => [INGRESSES],
});

test('reviews, denials and refusals are counted by what there is a closed list of', async t => {
  const { meters, source } = webhookMetrics(readings());
  meters.reviewed({ webhook: 'mutate', outcome: 'patched', codes: [], seconds: 0.0007 });
  meters.reviewed({
    webhook: 'validate',
    outcome: 'denied',
    codes: ['HostTaken', 'PathInvalid'],
    seconds: 0.002,
  });
  meters.refused('TooLate');
  meters.handshakeFailed();
  const text = await source.metrics();
  for (const line of [
    'sluice_webhook_review_seconds_bucket{le="0.001",webhook="mutate",outcome="patched"} 1',
    'sluice_webhook_review_seconds_count{webhook="validate",outcome="denied"} 1',
    'sluice_webhook_denials_total{code="HostTaken"} 1',
    'sluice_webhook_denials_total{code="PathInvalid"} 1',
    'sluice_webhook_refused_total{reason="TooLate"} 1',
    'sluice_webhook_handshake_failures_total 1',
    'sluice_webhook_ready 0',
    'sluice_watch_synced{kind="Ingress"} 1',
    'sluice_watch_silent_seconds{kind="Ingress"} 2.5',
    'sluice_webhook_certificate_ends_timestamp_seconds 1800000000',
  ])
    t.true(text.includes(`${line}\n`), line);
});

test('what is not known is not there, rather than 0', async t => {
  const { source } = webhookMetrics(readings({ certificateEndsSeconds: null }));
  const text = await source.metrics();
  t.notRegex(text, /^sluice_webhook_certificate_ends_timestamp_seconds /m);
});

test('docs/metrics.md lists each of them, with what --help of a metric says', async t => {
  const text = await webhookMetrics(readings()).source.metrics();
  const described = [...text.matchAll(/^# HELP (sluice_webhook_\S+) (.*)\n# TYPE \S+ (\S+)$/gm)].map(
    ([, name, help, kind]) => [name, kind, help],
  );
  const rows = tableRows(sectionOf(read('docs/metrics.md'), 'Metrics of the webhook').text);
  t.deepEqual(
    rows.map(([name, kind, _labels, help]) => [quotedIn([name])[0], kind, help]).sort(),
    described.sort(),
  );
});
