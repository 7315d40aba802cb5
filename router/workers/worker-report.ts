import { type CounterSnapshot, sumOfCounters } from '../counters.ts';
import type { OpenConnections } from '../server.ts';
import { endedTcpLines } from '../tcp/tcp-counts.ts';

/** What a worker tells of itself once a second, and the primary of all of them. */
export type WorkerReport = {
  readonly counters: CounterSnapshot;
  readonly open: OpenConnections;
  /** User and system time since it started. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
};

/** What is left of a worker that has ended: it has been busy, and holds nothing any more. */
export const endedReport = (report: WorkerReport): WorkerReport => ({
  ...report,
  counters: { ...report.counters, tcp: endedTcpLines(report.counters.tcp) },
  open: { clients: 0, upstreams: 0 },
  residentBytes: 0,
});

/** Several workers as one. */
export const sumOfReports = (reports: readonly WorkerReport[]): WorkerReport => {
  const sum = (amountOf: (report: WorkerReport) => number): number =>
    reports.reduce((total, report) => total + amountOf(report), 0);
  return {
    counters: sumOfCounters(reports.map(({ counters }) => counters)),
    open: { clients: sum(({ open }) => open.clients), upstreams: sum(({ open }) => open.upstreams) },
    cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
    residentBytes: sum(({ residentBytes }) => residentBytes),
  };
};
