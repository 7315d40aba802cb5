import test from 'ava';
import { tableLines } from '../../src/cli/terminal.ts';

test('columns are as wide as their widest cell, and no line ends in spaces', t => {
  t.deepEqual(
    tableLines([
      ['HOST', 'PATH', 'PODS'],
      ['a.example', '/', ''],
      ['b', '/longer', '2 ready'],
    ]),
    ['HOST       PATH     PODS', 'a.example  /', 'b          /longer  2 ready'],
  );
});

test('an empty table has no lines', t => {
  t.deepEqual(tableLines([]), []);
});
