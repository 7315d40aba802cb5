import test from 'ava';
import type { CounterName } from '../../../router/counters.ts';
import type { RoutePolicy } from '../../../src/core/route-settings.ts';
import { type Annotations, inAnnotatedWorld } from '../../helpers/annotated-router.ts';

type Row = {
  readonly annotations: Annotations;
  /** A request line and fields that this policy answers; null: this kind answers nothing. */
  readonly request: readonly string[] | null;
  readonly counter: CounterName | null;
};

/** A kind that is not here does not compile. */
const ROWS = {
  'app-root': {
    annotations: { 'app-root': '/app' },
    request: ['GET / HTTP/1.1'],
    counter: 'policy_app_root',
  },
  'body-size': {
    annotations: { 'proxy-body-size': '1' },
    request: ['POST / HTTP/1.1', 'Content-Length: 2'],
    counter: 'policy_body_size',
  },
  cors: {
    annotations: { 'enable-cors': 'true' },
    request: ['OPTIONS / HTTP/1.1', 'Origin: https://shop.com', 'Access-Control-Request-Method: PUT'],
    counter: 'policy_cors',
  },
  redirect: {
    annotations: { 'temporal-redirect': 'https://other.com' },
    request: ['GET / HTTP/1.1'],
    counter: 'policy_redirect',
  },
  'https-redirect': { annotations: { 'ssl-redirect': 'true' }, request: null, counter: null },
  hsts: { annotations: { 'sluice.dev/hsts': 'max-age=60' }, request: null, counter: null },
  limits: {
    annotations: { 'limit-rps': '1', 'limit-burst-multiplier': '1' },
    request: ['GET / HTTP/1.1'],
    counter: 'policy_limits',
  },
  access: {
    annotations: { 'whitelist-source-range': '10.0.0.0/8' },
    request: ['GET / HTTP/1.1'],
    counter: 'policy_access',
  },
  timeouts: { annotations: { 'proxy-read-timeout': '5' }, request: null, counter: null },
  'request-headers': {
    annotations: { 'sluice.dev/request-headers': '{"set": {"x-a": "1"}}' },
    request: null,
    counter: null,
  },
  'response-headers': {
    annotations: { 'sluice.dev/response-headers': '{"set": {"x-a": "1"}}' },
    request: null,
    counter: null,
  },
} as const satisfies Record<RoutePolicy['kind'], Row>;

const isPolicyCount = ([name, count]: readonly [string, number]): boolean =>
  name.startsWith('policy_') && count > 0;

/** What is counted of policies when a route is asked until one of them answers, or five times. */
const counted = async (
  annotations: Annotations,
  lines: readonly string[],
): Promise<Readonly<Record<string, number>>> => {
  let counts: readonly (readonly [string, number])[] = [];
  await inAnnotatedWorld(annotations, {}, async ({ ask, router }) => {
    for (let asked = 0; asked < 5 && counts.length === 0; asked += 1) {
      await ask(...lines);
      counts = Object.entries(router.counters.snapshot().values).filter(isPolicyCount);
    }
  });
  return Object.fromEntries(counts);
};

for (const [kind, { annotations, request, counter }] of Object.entries<Row>(ROWS)) {
  if (request === null) {
    test(`${kind} answers no request, and counts none`, async t => {
      t.deepEqual(await counted(annotations, ['GET / HTTP/1.1']), {});
    });
  } else {
    test(`an answer of ${kind} is counted as ${counter}, and as nothing else`, async t => {
      t.deepEqual(await counted(annotations, request), { [counter ?? '']: 1 });
    });
  }
}

test('a chunked body that grows too large while it passes is counted too', async t => {
  await inAnnotatedWorld({ 'proxy-body-size': '1' }, {}, async ({ client, router }) => {
    client.write(
      'POST / HTTP/1.1\r\nHost: taobao.com\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    );
    t.regex(await client.untilEnd(), /^HTTP\/1\.1 413 /);
    t.is(router.counters.get('policy_body_size'), 1);
  });
});
