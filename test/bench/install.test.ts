import test from 'ava';
import { install, PARTS, type Part } from '../../bench/install.ts';

/** A part that its first command brings about, if at all. */
const part = (
  name: string,
  commands: ReturnType<Part['commands']>,
  versions: readonly (string | undefined)[],
): Part => {
  const left = [...versions];
  return { name, version: async () => left.shift(), commands: () => commands };
};

const printed = async (
  ...parts: readonly Part[]
): Promise<{ isComplete: boolean; lines: readonly string[] }> => {
  const lines: string[] = [];
  return { isComplete: await install(line => lines.push(line), parts), lines };
};

const fine = [{ command: ['true'] }];

test('what is there is left alone', async t => {
  t.deepEqual(await printed(part('wrk', 'never looked at', ['4.1'])), {
    isComplete: true,
    lines: ['wrk 4.1: is there', 'All is there.'],
  });
});

test('what is missing is got, and looked at again', async t => {
  const { isComplete, lines } = await printed(part('envoy', fine, [undefined, '1.40']));
  t.true(isComplete);
  t.deepEqual(lines, ['envoy: is missing', '  $ true', 'envoy 1.40: installed', 'All is there.']);
});

test('what cannot be had is named at the end and hides no other', async t => {
  const { isComplete, lines } = await printed(
    part('a', [{ command: ['false'] }, { command: ['never-run'] }], [undefined]),
    part('b', [{ command: ['/no/such/program'] }], [undefined]),
    part('c', fine, [undefined, undefined]),
    part('d', 'as root: apt-get install d', [undefined]),
    part('e', fine, [undefined, '1']),
  );
  t.false(isComplete);
  t.deepEqual(lines.slice(-5), [
    'a is absent: false ended with 1',
    'b is absent: /no/such/program failed: spawnSync /no/such/program ENOENT',
    'c is absent: the commands ran, and still it does not start',
    'd is absent: as root: apt-get install d',
    '1 of 5 are there; the bench names the others as absent.',
  ]);
  t.false(lines.some(line => line.includes('never-run')));
});

test('every program that the bench compares has a way to be installed', t => {
  t.deepEqual(
    PARTS.map(({ name }) => name),
    ['wrk', 'h2load', 'nginx', 'nginx stream', 'haproxy', 'envoy', 'http-proxy-3', '@fastify/http-proxy'],
  );
});
