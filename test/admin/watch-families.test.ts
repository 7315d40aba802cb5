import test from 'ava';
import { familyGroup, familyMetrics } from '../../src/admin/family-metrics.ts';
import { WATCH_FAMILIES, type WatchFacts } from '../../src/admin/watch-families.ts';
import { samplesOf } from '../helpers/metric-samples.ts';

const INGRESS: WatchFacts = {
  kind: 'Ingress',
  isSynced: true,
  isWatching: true,
  silentSeconds: 12.5,
  failuresInRow: 3,
  objects: 40,
  unreadable: 1,
  lists: 2,
  watches: 5,
  listFailures: { throttled: 4 },
  watchEnds: { closed: 6, idle: 7 },
  events: { ADDED: 8 },
  drops: { repeated: 9 },
};

const SERVICE: WatchFacts = {
  ...INGRESS,
  kind: 'Service',
  isSynced: false,
  silentSeconds: null,
  listFailures: {},
  watchEnds: {},
  events: {},
  drops: {},
};

test('each kind has its own samples, and one that was never told of has no time of silence', async t => {
  const text = await familyMetrics([familyGroup(WATCH_FAMILIES, () => [INGRESS, SERVICE])]).metrics();
  const samples = Object.fromEntries(samplesOf(text));
  t.like(samples, {
    'sluice_watch_synced{kind="Ingress"}': 1,
    'sluice_watch_synced{kind="Service"}': 0,
    'sluice_watch_open{kind="Ingress"}': 1,
    'sluice_watch_silent_seconds{kind="Ingress"}': 12.5,
    'sluice_watch_failures_in_row{kind="Ingress"}': 3,
    'sluice_watch_objects{kind="Ingress"}': 40,
    'sluice_watch_unreadable_objects{kind="Ingress"}': 1,
    'sluice_watch_lists_total{kind="Ingress"}': 2,
    'sluice_watch_list_failures_total{kind="Ingress",reason="throttled"}': 4,
    'sluice_watch_opened_total{kind="Ingress"}': 5,
    'sluice_watch_ended_total{kind="Ingress",reason="idle"}': 7,
    'sluice_watch_events_total{kind="Ingress",type="ADDED"}': 8,
    'sluice_watch_drops_total{kind="Ingress",reason="repeated"}': 9,
  });
  t.false(Object.hasOwn(samples, 'sluice_watch_silent_seconds{kind="Service"}'));
});
