import test from 'ava';
import { Counters } from '../../../router/counters.ts';
import { sumOfTcpLines, TcpCounts } from '../../../router/tcp/tcp-counts.ts';
import { endedReport, sumOfReports } from '../../../router/workers/worker-report.ts';

test('counts of workers add up by port and track, sorted', t => {
  const [one, two] = [new TcpCounts(), new TcpCounts()];
  one.of(2, 'stable').received(5);
  one.of(2, 'stable').add('connections');
  one.of(10, 'edge').sent(7);
  two.of(2, 'stable').received(6);
  two.of(2, 'edge').add('closed', 3);
  const sums = sumOfTcpLines([...one.snapshot(), ...two.snapshot()]);
  t.deepEqual(
    sums.map(({ port, track }) => `${port} ${track}`),
    ['2 edge', '2 stable', '10 edge'],
  );
  t.like(sums[1]?.values, { received: 11, connections: 1, closed: 0 });
  t.is(sums[2]?.values.sent, 7);
});

test('of a worker that has ended no connection is open', t => {
  const counters = new Counters();
  counters.tcp.of(1, 'stable').add('connections', 4);
  counters.tcp.of(1, 'stable').add('closed', 1);
  const report = { ...sumOfReports([]), counters: counters.snapshot() };
  const [line] = sumOfReports([endedReport(report)]).counters.tcp;
  t.like(line?.values, { connections: 4, closed: 4 });
});

test('however many tracks somebody writes, the counts are bounded', t => {
  const counts = new TcpCounts();
  for (let at = 0; at < 5_000; at += 1) counts.of(1, `track-${at}`).add('connections');
  const lines = counts.snapshot();
  t.is(lines.length, 4_096);
  t.is(
    lines.reduce((sum, { values }) => sum + values.connections, 0),
    5_000,
  );
});
