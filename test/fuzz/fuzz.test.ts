import test from 'ava';
import { llhttpReads } from '../helpers/llhttp-oracle.ts';
import { fuzzVerdict, type PassedRequest } from './fuzz-verdict.ts';
import { startFuzzWorld } from './fuzz-world.ts';
import { generatedInput } from './generated-input.ts';
import { judgedInput, runFuzz } from './run-fuzz.ts';
import { SeededRandom } from './seeded-random.ts';

test('5,000 generated requests: what strict llhttp refuses is refused, what passes arrives once and alike', async t => {
  const seed = Date.now() % 1_000_000_000;
  const summary = await runFuzz({ inputs: 5000, seed });
  t.deepEqual(summary.failures, [], `again: npm run fuzz -- --inputs 5000 --seed ${seed}`);
  t.is(summary.inputs, 5000);
  // Neither side may be right by refusing, or passing, everything.
  t.true(summary.passed > 1000, `${summary.passed} passed`);
  t.true(summary.refused > 1000, `${summary.refused} refused`);
  t.log(`seed ${seed}: ${summary.passed} requests passed of ${summary.readByLlhttp} that llhttp reads`);
});

/** Inputs that were counterexamples once, to the engine or to this test of it. */
const FROZEN: readonly (readonly [why: string, bytes: string, cuts: readonly number[]])[] = [
  [
    'an upgrade with a body, and a request behind it: llhttp takes the rest for another protocol, we do not forward the upgrade',
    'POST / HTTP/1.1\r\nHost: a.com\r\nUpgrade: x\r\nConnection: Upgrade\r\nContent-Length: 5\r\n\r\n0\r\n\r\nGET /b HTTP/1.0\r\n\r\n',
    [3],
  ],
  [
    'the word in a value, where the test once looked for it in one of two readings',
    'POST / HTTP/1.1\r\nUpgrade: a\r\nTrailer: continuUpgrade: a\r\nHost: a.com\r\n\r\n',
    [],
  ],
  [
    'a tab behind chunked, which strict llhttp refuses (1 of 250,000 inputs)',
    'POST / HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n',
    [],
  ],
  [
    'blanks behind chunked, of which one is a tab',
    'POST / HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding: chunked \t \r\n\r\n0\r\n\r\n',
    [],
  ],
  [
    'a blank behind chunked, which is fine',
    'POST / HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding:\t chunked  \r\nX: y\r\n\r\n0\r\n\r\n',
    [],
  ],
  [
    'a body that ends within the word, which the test shows llhttp in another spelling',
    'PUT / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 5\r\n\r\nhe\nUpgrade:1\r\n\r\n',
    [],
  ],
  [
    'a body that ends with the word, before its colon',
    'PUT / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 7\r\n\r\nUpgrade:1\r\n\r\n',
    [],
  ],
];
test('counterexamples of the past', async t => {
  const world = await startFuzzWorld();
  for (const [number, [why, bytes, cuts]] of FROZEN.entries()) {
    t.is((await judgedInput(world, number, { bytes, cuts })).problem, undefined, why);
  }
  t.deepEqual(world.problems, []);
  t.is(await world.close(), 0);
});

const REQUEST: PassedRequest = { nth: 0, method: 'POST', target: '/a?b', fields: ['X', 'y'], body: 'hello' };
const verdicts = test.macro({
  exec(t, passed: Partial<PassedRequest>, found: RegExp | undefined) {
    const verdict = fuzzVerdict([{ ...REQUEST, ...passed }], [{ ...REQUEST, target: '/./%61?b' }]);
    if (found === undefined) t.is(verdict, undefined);
    else t.regex(verdict ?? 'nothing', found);
  },
  title: (title = '') => `the judge of the fuzzing sees ${title}`,
});
test('nothing wrong in a request that passed as it was', verdicts, {}, undefined);
test(
  'fields that the router adds as its own',
  verdicts,
  { fields: ['Via', '1.1 sluice', 'X', 'y'] },
  undefined,
);
test('a field that nobody sent', verdicts, { fields: ['X', 'y', 'Transfer-Encoding', 'chunked'] }, /field/);
test('another body', verdicts, { body: 'hell' }, /body/);
test('another method', verdicts, { method: 'GET' }, /method/);
test('another path', verdicts, { target: '/b?b' }, /target/);
test('a request that llhttp refuses', verdicts, { nth: 1 }, /refuses/);
test('a request that arrives twice', t => {
  t.regex(fuzzVerdict([REQUEST, REQUEST], [REQUEST]) ?? '', /twice/);
});

test('equal seeds give equal inputs, and llhttp reads some of them', async t => {
  const inputs = (seed: number) => {
    const random = new SeededRandom(seed);
    return Array.from({ length: 50 }, () => generatedInput(random));
  };
  t.deepEqual(inputs(5), inputs(5));
  t.notDeepEqual(inputs(5), inputs(6));
  const read = await Promise.all(inputs(5).map(({ bytes }) => llhttpReads(bytes)));
  t.true(read.some(requests => requests.length > 1));
});
