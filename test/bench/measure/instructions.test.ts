import test from 'ava';
import { parsePerfCount } from '../../../bench/measure/instructions.ts';

test('the count is the first field of its line', t => {
  t.is(parsePerfCount('# started\n123456789,,instructions,1000,100.00,,\n'), 123_456_789);
  t.is(parsePerfCount('77,,instructions:u,1000,100.00,,\n'), 77);
});

test('a machine without the counter has no count', t => {
  t.is(parsePerfCount('<not supported>,,instructions,0,100.00,,\n'), undefined);
  t.is(parsePerfCount('<not counted>,,instructions,0,0.00,,\n'), undefined);
  t.is(parsePerfCount('perf: command failed\n'), undefined);
});
