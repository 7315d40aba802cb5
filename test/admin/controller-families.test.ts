import test from 'ava';
import { CONTROLLER_FAMILIES, type ControllerFacts } from '../../src/admin/controller-families.ts';
import { familyGroup, familyMetrics } from '../../src/admin/family-metrics.ts';
import { samplesOf } from '../helpers/metric-samples.ts';

const LEADER: ControllerFacts = {
  isLeading: true,
  looks: 3,
  failedLooks: 1,
  writes: { createEdge: { done: 2, failed: 1 }, readmit: { unchanged: 4 } },
  pending: { readmit: 5 },
  notices: { HostTaken: 2, EdgeServiceUnmanaged: 1 },
  contestedRepairs: 6,
  edgeServices: 7,
  claims: { recorded: 8, unrecorded: 9, fullestBytes: 10 },
  events: { sent: 11 },
  certificateEnds: { authority: 1_800_000_000, serving: null },
};

const scraped = async (facts: ControllerFacts) =>
  Object.fromEntries(
    samplesOf(await familyMetrics([familyGroup(CONTROLLER_FAMILIES, () => facts)]).metrics()),
  );

test('a leader tells what it wrote, what waits, and what is the case', async t => {
  t.deepEqual(await scraped(LEADER), {
    sluice_controller_leading: 1,
    sluice_controller_looks_total: 3,
    sluice_controller_failed_looks_total: 1,
    'sluice_controller_pending_writes{write="readmit"}': 5,
    'sluice_controller_writes_total{write="createEdge",outcome="done"}': 2,
    'sluice_controller_writes_total{write="createEdge",outcome="failed"}': 1,
    'sluice_controller_writes_total{write="readmit",outcome="unchanged"}': 4,
    sluice_controller_contested_repairs_total: 6,
    'sluice_controller_events_total{outcome="sent"}': 11,
    sluice_controller_edge_services: 7,
    'sluice_controller_notices{reason="HostTaken"}': 2,
    'sluice_controller_notices{reason="EdgeServiceUnmanaged"}': 1,
    sluice_controller_claims: 8,
    sluice_controller_claims_unrecorded: 9,
    sluice_controller_claims_fullest_bytes: 10,
    'sluice_controller_certificate_ends_timestamp_seconds{certificate="authority"}': 1_800_000_000,
  });
});

test('who does not lead says nothing about what only a leader knows', async t => {
  const standby: ControllerFacts = {
    ...LEADER,
    isLeading: false,
    pending: {},
    notices: {},
    edgeServices: null,
    claims: null,
    certificateEnds: { authority: null, serving: null },
  };
  const names = Object.keys(await scraped(standby));
  t.deepEqual(
    names.filter(name => /edge_services|notices|claims|certificate|pending/.test(name)),
    [],
  );
});
