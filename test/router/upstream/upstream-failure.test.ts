import test from 'ava';
import { isEndpointsFault, type LostTry, mayRetry } from '../../../router/upstream/upstream-failure.ts';
import type { UpstreamFailure } from '../../../router/upstream/upstream-user.ts';

const FAILURES: readonly UpstreamFailure[] = [
  'connect',
  'connect-timeout',
  'reset',
  'answer-timeout',
  'fault',
];

const LOST: LostTry = {
  failure: 'reset',
  isRetried: false,
  isReplayable: true,
  canBeSentAgain: true,
  hasAnswerBytes: false,
  isReused: false,
  hasOther: true,
};

const retried = test.macro<[lost: Partial<LostTry>, expected: readonly UpstreamFailure[]]>({
  exec(t, lost, expected) {
    t.deepEqual(
      FAILURES.filter(failure => mayRetry({ ...LOST, ...lost, failure })),
      expected,
    );
  },
  title: (_, lost, expected) =>
    `${JSON.stringify(lost)} is tried again after: ${expected.join(', ') || 'nothing'}`,
});

test(retried, {}, ['connect', 'connect-timeout', 'reset']);
test(retried, { isRetried: true }, []);
test(retried, { isReplayable: false }, ['connect', 'connect-timeout']);
test(retried, { hasAnswerBytes: true }, ['connect', 'connect-timeout']);
test(retried, { hasOther: false }, []);
test(retried, { hasOther: false, isReused: true }, ['reset']);
test(retried, { isReused: true, isReplayable: false }, ['connect', 'connect-timeout']);

test('only the race with an idle timeout does not speak against the endpoint', t => {
  for (const failure of FAILURES)
    for (const isReused of [false, true])
      for (const hasAnswerBytes of [false, true])
        t.is(
          isEndpointsFault(failure, { isReused, hasAnswerBytes }),
          !(failure === 'reset' && isReused && !hasAnswerBytes),
        );
});
