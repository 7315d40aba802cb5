import test from 'ava';
import { routerLogLine } from '../../src/cli/router-log.ts';

test('one line, whatever an error repeats', t => {
  t.is(
    routerLogLine('the listener failed', new Error('a\r\nb\u001b[2Jc')),
    'router: the listener failed (a\\u000d\\u000ab\\u001b[2Jc)',
  );
  t.is(routerLogLine('plain', undefined), 'router: plain');
  t.is(routerLogLine('x'.repeat(5_000), undefined).length, 1_000);
});

test('the stack of a worker’s bug is left out', t => {
  t.is(
    routerLogLine('a bug (Error: x\n    at f (file.ts:1:2)\n    at g (file.ts:3:4))', undefined),
    'router: a bug (Error: x',
  );
});
