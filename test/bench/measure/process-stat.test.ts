import test from 'ava';
import {
  busyShare,
  parseCoreTicks,
  parseProcessStat,
  processTree,
  stolenShare,
} from '../../../bench/measure/process-stat.ts';

const LINE =
  '4242 (node (v26) x) S 17 4242 4242 0 -1 4194560 100 0 0 0 120 35 7 9 20 0 11 0 5000 1000000 2560 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n';

test('user and system time are added; blanks and parentheses in the name do no harm', t => {
  t.deepEqual(parseProcessStat(LINE), { pid: 4242, parentPid: 17, cpuTicks: 155, residentPages: 2560 });
});

test('what is no such line is none', t => {
  t.is(parseProcessStat(''), undefined);
  t.is(parseProcessStat('4242 (node'), undefined);
  t.is(parseProcessStat('4242 (node) S 17'), undefined);
});

test('a tree is the process and all below it', t => {
  const stat = (pid: number, parentPid: number) => ({ pid, parentPid, cpuTicks: 0, residentPages: 0 });
  const all = [stat(5, 4), stat(2, 1), stat(3, 2), stat(4, 2), stat(9, 1)];
  t.deepEqual(
    processTree(2, all).map(({ pid }) => pid),
    [2, 3, 4, 5],
  );
  t.deepEqual(processTree(77, all), []);
});

const STAT =
  'cpu  300 0 0 700 0 0 0 0 0 0\ncpu0 100 0 0 400 0 0 0 0 0 0\ncpu1 100 10 50 300 20 5 10 5 77 0\nintr 1\n';

test('busy is all but idle and waiting; guest time is not counted twice', t => {
  t.deepEqual(parseCoreTicks(STAT, 1), { busy: 180, stolen: 5, total: 500 });
  t.is(parseCoreTicks(STAT, 2), undefined);
});

test('the busy share is that of the time between', t => {
  const before = { busy: 10, stolen: 4, total: 100 };
  const after = { busy: 100, stolen: 9, total: 200 };
  t.is(busyShare(before, after), 0.9);
  t.is(busyShare(before, before), 0);
  t.is(stolenShare(before, after), 0.05);
  t.is(stolenShare(before, before), 0);
});
