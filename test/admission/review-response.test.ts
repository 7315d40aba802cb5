import test from 'ava';
import fc from 'fast-check';
import {
  MAX_DENIAL_BYTES,
  MAX_LISTED_PROBLEMS,
  MAX_WARNING_LENGTH,
  MAX_WARNINGS_LENGTH,
  reviewResponse,
} from '../../src/admission/review-response.ts';
import type { Verdict } from '../../src/admission/review-verdict.ts';
import { PROBLEM_CODES, type Problem } from '../../src/core/problem.ts';
import { anyText } from '../helpers/any-text.ts';

const REQUEST = { uid: 'the-uid', kind: 'Ingress' as const, name: 'web' };

const responseTo = (verdict: Partial<Verdict>) =>
  reviewResponse(REQUEST, { patch: [], denials: [], warnings: [], ...verdict }).response;

const PATH: Problem = {
  code: 'PathInvalid',
  field: 'spec.rules[0].http.paths[0].path',
  value: 'cart',
  message: 'must be absolute; write "/cart".',
};
const TAKEN: Problem = {
  code: 'HostTaken',
  field: 'spec.rules[0].host',
  value: 'taobao.com',
  message: '"taobao.com" belongs to namespace "other"; use another host, or move the rule there.',
};

test('nothing to say is a uid and a yes', t => {
  t.deepEqual(reviewResponse(REQUEST, { patch: [], denials: [], warnings: [] }), {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: 'the-uid', allowed: true },
  });
});

test('a patch is a JSON Patch in base64, non-ASCII included', t => {
  const patch = [{ op: 'add', path: '/metadata/annotations/a~1b', value: '杭州' }] as const;
  const response = responseTo({ patch });
  t.is(response.allowed, true);
  t.is(response.patchType, 'JSONPatch');
  t.deepEqual(JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString('utf8')), patch);
});

test('one problem is its line; its cause holds the code, since kubectl prints the field and the cause alone', t => {
  t.deepEqual(responseTo({ denials: [PATH] }).status, {
    status: 'Failure',
    code: 422,
    reason: 'Invalid',
    message: 'PathInvalid spec.rules[0].http.paths[0].path "cart": must be absolute; write "/cart".',
    details: {
      group: 'networking.k8s.io',
      kind: 'Ingress',
      name: 'web',
      causes: [
        {
          reason: 'PathInvalid',
          field: 'spec.rules[0].http.paths[0].path',
          message: 'PathInvalid "cart": must be absolute; write "/cart".',
        },
      ],
    },
  });
});

test('several problems are a list', t => {
  const { status } = responseTo({ denials: [PATH, TAKEN] });
  t.is(
    status?.message,
    [
      '2 problems:',
      '- PathInvalid spec.rules[0].http.paths[0].path "cart": must be absolute; write "/cart".',
      '- HostTaken spec.rules[0].host "taobao.com": "taobao.com" belongs to namespace "other"; use another host, or move the rule there.',
    ].join('\n'),
  );
  t.deepEqual(
    status?.details.causes.map(({ field, reason }) => `${reason} ${field}`),
    ['PathInvalid spec.rules[0].http.paths[0].path', 'HostTaken spec.rules[0].host'],
  );
});

test('a host that its namespace may not have is forbidden, everything else is invalid', t => {
  const codeOf = (...denials: readonly Problem[]) => {
    const { status } = responseTo({ denials });
    return [status?.code, status?.reason];
  };
  t.deepEqual(codeOf(TAKEN), [403, 'Forbidden']);
  t.deepEqual(codeOf(TAKEN, { ...TAKEN, code: 'HostNotAllowed' }), [403, 'Forbidden']);
  t.deepEqual(codeOf(TAKEN, PATH), [422, 'Invalid']);
});

test('of a hundred problems the first forty are listed and the rest is counted', t => {
  const { status } = responseTo({ denials: Array.from({ length: 100 }, () => PATH) });
  const lines = status?.message.split('\n') ?? [];
  t.is(lines[0], '100 problems:');
  t.is(lines.length, MAX_LISTED_PROBLEMS + 2);
  t.is(lines.at(-1), '… and 60 more: mend these first, or read all of them with `sluice admit -f FILE`.');
  t.is(status?.details.causes.length, MAX_LISTED_PROBLEMS + 1);
  t.deepEqual(status?.details.causes.at(-1), {
    reason: 'More',
    field: '… and 60 more',
    message: 'mend these first, or read all of them with `sluice admit -f FILE`',
  });
});

const arbitraryProblem: fc.Arbitrary<Problem> = fc
  .record({
    code: fc.constantFrom(...PROBLEM_CODES),
    field: anyText({ maxLength: 400 }),
    message: anyText({ maxLength: 3000 }),
    value: fc.option(anyText({ maxLength: 400 }), { nil: undefined }),
  })
  .map(({ value, ...problem }) => (value === undefined ? problem : { ...problem, value }));

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value), 'utf8');
/** As it stands in a message: nothing that moves a cursor or hides but the ends of our own lines. */
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;

test('whatever the problems hold, a denial is bounded, whole and one line a problem', t => {
  fc.assert(
    fc.property(fc.array(arbitraryProblem, { minLength: 1, maxLength: 120 }), denials => {
      const { status, allowed } = responseTo({ denials });
      t.false(allowed);
      const message = status?.message ?? '';
      t.true(Buffer.byteLength(message, 'utf8') <= MAX_DENIAL_BYTES);
      t.true(bytes(status) <= 4 * MAX_DENIAL_BYTES);
      t.notRegex(message, CONTROL);
      const listed = message.split('\n').filter(line => line.startsWith('- ')).length;
      const [, more = '0'] = /^… and (\d+) more:/m.exec(message) ?? [];
      if (denials.length > 1) t.is(listed + Number(more), denials.length);
      t.true(listed > 0 || denials.length === 1);
    }),
    { numRuns: 200 },
  );
});

test('warnings are lines that the API server passes on, as many as it keeps', t => {
  fc.assert(
    fc.property(fc.array(anyText({ maxLength: 600 }), { maxLength: 60 }), warnings => {
      const printed = responseTo({ warnings }).warnings ?? [];
      t.is(new Set(printed).size, printed.length);
      t.true(printed.reduce((sum, line) => sum + line.length, 0) <= MAX_WARNINGS_LENGTH);
      for (const line of printed) {
        t.true(line.length <= MAX_WARNING_LENGTH);
        t.notRegex(line, /[\n\r]/);
        t.notRegex(line, CONTROL);
      }
    }),
    { numRuns: 200 },
  );
});

test('warnings that are left out are counted, the same one is told once', t => {
  const long = (index: number): string => `${index}:${'x'.repeat(400)}`;
  const printed =
    responseTo({ warnings: Array.from({ length: 20 }, (_, index) => long(index)) }).warnings ?? [];
  t.is(printed.length, 8);
  t.is(printed[0], `0:${'x'.repeat(253)}…`);
  t.is(printed.at(-1), '… and 13 more warnings: `sluice admit -f FILE` prints all of them.');
  t.deepEqual(responseTo({ warnings: ['same', 'same'] }).warnings, ['same']);
});

test('a denial names the kind that it is about, and a port of somebody else is forbidden', t => {
  const denials = [
    {
      code: 'PortTaken' as const,
      field: 'metadata.annotations[sluice.dev/tcp]',
      value: '1',
      message: 'taken.',
    },
    {
      code: 'PortNotAllowed' as const,
      field: 'metadata.annotations[sluice.dev/tcp]',
      value: '2',
      message: 'no.',
    },
  ];
  const { status } = reviewResponse(
    { ...REQUEST, kind: 'Service' },
    { patch: [], denials, warnings: [] },
  ).response;
  t.like(status, { code: 403, reason: 'Forbidden', details: { group: '', kind: 'Service', name: 'web' } });
});
