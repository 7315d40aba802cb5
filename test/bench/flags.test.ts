import test from 'ava';
import { parseFlags } from '../../bench/flags.ts';

const KNOWN = { scenarios: ['get-64', 'up-1m'], contenders: ['ours', 'nginx', 'haproxy'] };
const parse = (...argv: readonly string[]) => parseFlags(argv, KNOWN);

test('without flags everything is run, five rounds long', t => {
  t.deepEqual(parse(), {
    kind: 'run',
    flags: { ...KNOWN, rounds: 5, seconds: 3, json: null, markdown: null },
  });
});

test('names are repeatable and kept in their own order', t => {
  const command = parse(
    '--contender',
    'nginx',
    '--contender',
    'ours',
    '--scenario',
    'up-1m',
    '--json',
    'x.json',
  );
  t.deepEqual(command, {
    kind: 'run',
    flags: {
      scenarios: ['up-1m'],
      contenders: ['ours', 'nginx'],
      rounds: 5,
      seconds: 3,
      json: 'x.json',
      markdown: null,
    },
  });
});

test('unknown names are told all at once, with what there is', t => {
  const command = parse('--scenario', 'get', '--contender', 'caddy', '--rounds', '0', '--seconds', '1.5');
  t.deepEqual(command, {
    kind: 'wrong',
    message: [
      'there is no scenario "get"; there are get-64, up-1m',
      'there is no contender "caddy"; there are ours, nginx, haproxy',
      '--rounds is a whole number from 1 to 100, not "0"',
      '--seconds is a whole number from 1 to 60, not "1.5"',
    ].join('\n'),
  });
});

test('an unknown flag and a stray word are wrong use', t => {
  t.is(parse('--fast').kind, 'wrong');
  t.is(parse('get-64').kind, 'wrong');
});

test('list, install and help', t => {
  t.is(parse('--list').kind, 'list');
  t.is(parse('--install').kind, 'install');
  t.is(parse('--help', '--list').kind, 'help');
});
