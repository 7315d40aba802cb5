import test from 'ava';
import fc from 'fast-check';
import {
  EJECTION_FAILURES,
  EJECTION_MS,
  type Ejectable,
  type EjectionOutcome,
  MAX_EJECTION_MS,
  Outliers,
} from '../../../router/upstream/outliers.ts';

type Named = Ejectable & { readonly name: number };

const endpoints = (count: number): Named[] =>
  Array.from({ length: count }, (_, name) => ({
    name,
    failuresInARow: 0,
    ejections: 0,
    ejectedUntilMs: 0,
    returnedAtMs: 0,
  }));

const world = (count: number) => {
  const all = endpoints(count);
  const outliers = new Outliers<Named>();
  outliers.replace(all);
  const one = (name: number): Named => {
    const endpoint = all[name];
    if (endpoint === undefined) throw new Error(`there are ${count} endpoints`);
    return endpoint;
  };
  return {
    all,
    outliers,
    one,
    fail: (name: number, times: number, nowMs = 0): EjectionOutcome =>
      Array.from({ length: times }, () => outliers.failed(one(name), nowMs)).at(-1) ?? null,
    names: (nowMs = 0): string =>
      outliers
        .usable(nowMs)
        .map(({ name }) => name)
        .join(''),
  };
};

test('five failures in a row put an endpoint out for 30 s; four, or a success between them, do not', t => {
  const { fail, outliers, one, names } = world(4);
  t.is(fail(1, EJECTION_FAILURES - 1), null);
  outliers.succeeded(one(1));
  t.is(fail(1, EJECTION_FAILURES - 1), null);
  t.is(names(), '0123');
  t.is(fail(1, 1), 'ejected');
  t.is(names(EJECTION_MS - 1), '023');
  t.is(names(EJECTION_MS), '0123');
});

test('failures of one that is out already change nothing, and back in it has five tries again', t => {
  const { fail, names, one } = world(4);
  fail(1, EJECTION_FAILURES);
  t.is(fail(1, 20, 10), null);
  t.is(names(EJECTION_MS), '0123');
  t.is(one(1).failuresInARow, 0);
  t.is(fail(1, EJECTION_FAILURES - 1, EJECTION_MS), null);
  t.is(fail(1, 1, EJECTION_MS), 'ejected');
});

test('the nth ejection lasts n times 30 s, but never over 300 s; what goes well for so long makes up for one', t => {
  const { fail, names, one } = world(4);
  let nowMs = 1_000;
  const lasted: number[] = [];
  for (let nth = 1; nth <= 12; nth += 1) {
    fail(1, EJECTION_FAILURES, nowMs);
    lasted.push(one(1).ejectedUntilMs - nowMs);
    nowMs = one(1).ejectedUntilMs;
    t.is(names(nowMs), '0123');
  }
  t.deepEqual(
    lasted,
    lasted.map((_, index) => Math.min((index + 1) * EJECTION_MS, MAX_EJECTION_MS)),
  );
  nowMs += 8 * EJECTION_MS;
  fail(1, EJECTION_FAILURES, nowMs);
  t.is(one(1).ejectedUntilMs - nowMs, 3 * EJECTION_MS);
  names(one(1).ejectedUntilMs);
  nowMs = one(1).ejectedUntilMs + 3_600_000;
  fail(1, EJECTION_FAILURES, nowMs);
  t.is(one(1).ejectedUntilMs - nowMs, EJECTION_MS);
});

test('a pool of one never loses it, and at most half of a pool is out', t => {
  const alone = world(1);
  t.is(alone.fail(0, EJECTION_FAILURES), 'withheld');
  t.is(alone.fail(0, 20), null);
  t.is(alone.names(), '0');
  const three = world(3);
  t.is(three.fail(0, EJECTION_FAILURES), 'ejected');
  t.is(three.fail(1, EJECTION_FAILURES), 'withheld');
  t.is(three.names(), '12');
});

test('one that was withheld goes at its next failure, once there is room', t => {
  const { fail, names } = world(3);
  fail(0, EJECTION_FAILURES);
  fail(1, EJECTION_FAILURES, 10);
  t.is(fail(1, 1, EJECTION_MS - 1), null);
  t.is(names(EJECTION_MS), '012');
  t.is(fail(1, 1, EJECTION_MS), 'ejected');
});

test('when all are bad all are tried, until one does well', t => {
  const { fail, names, outliers, one } = world(4);
  fail(0, EJECTION_FAILURES);
  fail(1, EJECTION_FAILURES);
  t.is(names(), '23');
  fail(2, EJECTION_FAILURES);
  t.is(names(), '23', 'the last one still does well');
  fail(3, EJECTION_FAILURES);
  t.is(names(), '0123');
  outliers.succeeded(one(1));
  t.is(names(), '123', 'it came back because it answers; the other one that is out did not');
  outliers.succeeded(one(2));
  t.is(names(), '123');
});

test('a pool that shrinks around those that are out gets back the ones due first', t => {
  const { all, fail, names, outliers } = world(6);
  fail(0, EJECTION_FAILURES, 0);
  fail(1, EJECTION_FAILURES, 10);
  fail(2, EJECTION_FAILURES, 20);
  outliers.replace(all.slice(0, 4));
  t.is(names(20), '03');
  outliers.replace(all.slice(1, 3));
  t.is(names(20), '1');
  outliers.replace(all.slice(2, 3));
  t.is(names(20), '2');
});

type Step =
  | { readonly kind: 'fail' | 'succeed'; readonly name: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'keep'; readonly count: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('fail' as const), name: fc.nat({ max: 6 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('succeed' as const), name: fc.nat({ max: 6 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 40_000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('keep' as const), count: fc.nat({ max: 7 }) }) },
);

/** The endpoints and the clock of one run of steps. */
type Course = { present: readonly Named[]; nowMs: number };

const take = (each: Step, course: Course, { all, outliers }: ReturnType<typeof world>): void => {
  const endpoint = 'name' in each ? course.present[each.name] : undefined;
  if (each.kind === 'wait') course.nowMs += each.ms;
  if (each.kind === 'keep') {
    course.present = all.slice(0, each.count);
    outliers.replace(course.present);
  }
  if (endpoint === undefined) return;
  if (each.kind === 'fail') outliers.failed(endpoint, course.nowMs);
  else outliers.succeeded(endpoint);
};

const isAsPromised = ({ present, nowMs }: Course, usable: readonly Named[]): boolean => {
  const out = present.filter(({ ejectedUntilMs }) => ejectedUntilMs !== 0);
  const inside = present.filter(candidate => !out.includes(candidate));
  const allBad = inside.every(({ failuresInARow }) => failuresInARow >= EJECTION_FAILURES);
  const expected = allBad ? present : inside;
  return (
    out.length * 2 <= present.length &&
    out.every(({ ejectedUntilMs }) => ejectedUntilMs > nowMs && ejectedUntilMs <= nowMs + MAX_EJECTION_MS) &&
    usable.length === expected.length &&
    usable.every(endpoint => expected.includes(endpoint))
  );
};

test('whatever happens, never more than half are out, nobody longer than 300 s, and a pool is never without a choice', t => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const made = world(7);
      const course: Course = { present: made.all, nowMs: 0 };
      return steps.every(each => {
        take(each, course, made);
        return isAsPromised(course, made.outliers.usable(course.nowMs));
      });
    }),
    { numRuns: 500 },
  );
  t.pass();
});
