import test from 'ava';
import { type Annotations, inAnnotatedWorld } from '../../helpers/annotated-router.ts';

const ranges = test.macro({
  async exec(t, annotations: Annotations, expected: string) {
    const bugs = await inAnnotatedWorld(annotations, {}, async ({ ask, origin }) => {
      const answer = await ask('GET / HTTP/1.1');
      t.regex(answer, new RegExp(`^HTTP/1\\.1 ${expected}`));
      t.is(origin.connections.length, expected.startsWith('200') ? 1 : 0);
    });
    t.deepEqual(bugs, []);
  },
  title: (_, annotations, expected) => `127.0.0.1 gets ${expected} from ${JSON.stringify(annotations)}`,
});

test(ranges, { 'whitelist-source-range': '127.0.0.0/8' }, '200 OK');
test(ranges, { 'allowlist-source-range': '10.0.0.0/8,::1' }, '403 Forbidden[\\s\\S]*SourceNotAllowed');
test(ranges, { 'denylist-source-range': '127.0.0.1' }, '403 Forbidden');
test(ranges, { 'denylist-source-range': '10.0.0.0/8' }, '200 OK');
test(
  ranges,
  { 'denylist-source-range': '127.0.0.1', 'whitelist-source-range': '127.0.0.0/8' },
  '403 Forbidden',
);
test(ranges, { 'whitelist-source-range': 'off' }, '503 Service Unavailable[\\s\\S]*Refused');
test(ranges, { 'denylist-source-range': '10.0.0.0/8,x' }, '503 Service Unavailable[\\s\\S]*Refused');

test('what a client says of its own address opens nothing', async t => {
  await inAnnotatedWorld({ 'whitelist-source-range': '10.0.0.0/8' }, {}, async ({ ask }) => {
    const answer = await ask('GET / HTTP/1.1', 'X-Forwarded-For: 10.0.0.1', 'X-Real-IP: 10.0.0.1');
    t.regex(answer, /^HTTP\/1\.1 403 /);
  });
});
