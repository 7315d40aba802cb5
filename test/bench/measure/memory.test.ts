import test from 'ava';
import { memoryOf, parseSmapsRollup } from '../../../bench/measure/memory.ts';

const ROLLUP = `559f45774000-7ffc541f7000 ---p 00000000 00:00 0                          [rollup]
Rss:                1736 kB
Pss:                 200 kB
Pss_Dirty:           112 kB
Private_Clean:        40 kB
Private_Dirty:       112 kB
`;

test('resident, proportional and private bytes of a process', t => {
  t.deepEqual(parseSmapsRollup(ROLLUP), {
    residentBytes: 1736 * 1024,
    proportionalBytes: 200 * 1024,
    privateBytes: 152 * 1024,
  });
});

test('a process that is gone has none', t => {
  t.is(parseSmapsRollup(''), undefined);
  t.is(parseSmapsRollup(ROLLUP.replace('Private_Dirty', 'Else')), undefined);
});

test('a process with others below it is the primary, they are its workers', async t => {
  const memory = await memoryOf(process.ppid);
  t.is(memory[0]?.role, 'primary');
  t.true(memory.slice(1).every(({ role }) => role === 'worker'));
  t.true(memory.every(({ residentBytes, privateBytes }) => residentBytes >= privateBytes));
});
