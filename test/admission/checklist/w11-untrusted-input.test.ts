import test from 'ava';
import fc from 'fast-check';
import { isRecord } from '../../../src/core/canonical-json.ts';
import { ingressOf, type Manifest, ruleOf } from '../../helpers/admission.ts';
import { requestOf, reviewOf } from '../../helpers/admission-review.ts';
import { arbitraryJsonObject } from '../../helpers/arbitrary-ingress.ts';
import {
  apiServerAgent,
  type Called,
  connectTls,
  type WebhookWorld,
  webhookWorld,
} from '../../helpers/webhook-world.ts';

const MIB = 1024 * 1024;

/** A good review, filled up with white space to so many bytes. */
const reviewOfBytes = (length: number): string => JSON.stringify(reviewOf()).padEnd(length, ' ');

const refused = test.macro({
  async exec(t, called: Called, status: number, text: string) {
    const world = await webhookWorld(t);
    const answer = await world.call(called);
    t.is(answer.status, status);
    t.is(answer.text, `sluice: ${text}\n`);
    t.is(answer.headers['content-type'], 'text/plain; charset=utf-8');
    // It harmed nobody.
    t.is((await world.call({ body: reviewOf() })).status, 200);
  },
  title: (title = '') => `W11 refused: ${title}`,
});

test('a body above 9 MiB', refused, { body: reviewOfBytes(9 * MIB + 1) }, 413, 'the body is too large');
test(
  'a body above 9 MiB that does not say so',
  refused,
  { body: reviewOfBytes(10 * MIB), headers: { 'transfer-encoding': 'chunked' } },
  413,
  'the body is too large',
);
test(
  'half a million brackets, which would be parsed into thirty times their size',
  refused,
  { body: '['.repeat(500_001) },
  413,
  'the body holds more than 500000 objects and lists',
);

const WRONG_TYPE = 'reviews are sent as application/json in UTF-8, not compressed';
for (const type of [
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/json-patch+json',
  '',
  'application/json; charset=latin1',
])
  test(
    `content type ${JSON.stringify(type)}`,
    refused,
    { body: reviewOf(), headers: { 'content-type': type } },
    415,
    WRONG_TYPE,
  );
test(
  'a compressed body, whatever it would grow to',
  refused,
  { body: reviewOf(), headers: { 'content-encoding': 'gzip' } },
  415,
  WRONG_TYPE,
);

for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])
  test(`W11 ${method} is not answered with a review`, async t => {
    const { call } = await webhookWorld(t);
    for (const path of ['/mutate', '/validate']) {
      const { status, headers } = await call({ method, path });
      t.is(status, 405);
      t.is(headers.allow, 'POST');
    }
  });

test('no body', refused, { body: '' }, 400, 'the body is not JSON');
test(
  'half a body',
  refused,
  { body: '{"kind": "AdmissionReview"' },
  400,
  'the body is not JSON (position 26)',
);
test('no JSON', refused, { body: 'kind: AdmissionReview' }, 400, 'the body is not JSON');
test(
  'no UTF-8',
  refused,
  { body: Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]) },
  400,
  'the body is not UTF-8',
);

const NO_REVIEW = 'the body is no review that is answered here:';
const ASK = '(a webhook configuration asks with admissionReviewVersions: ["v1"])';
test(
  'an empty object',
  refused,
  { body: {} },
  400,
  `${NO_REVIEW} ObjectInvalid kind: expected AdmissionReview, got nothing; ObjectInvalid apiVersion: expected admission.k8s.io/v1, got nothing ${ASK}`,
);
test(
  'v1beta1',
  refused,
  { body: { ...reviewOf(), apiVersion: 'admission.k8s.io/v1beta1' } },
  400,
  `${NO_REVIEW} ObjectInvalid apiVersion "admission.k8s.io/v1beta1": expected admission.k8s.io/v1, got the text "admission.k8s.io/v1beta1" ${ASK}`,
);
test(
  'a Pod where a review should be',
  refused,
  { body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } } },
  400,
  `${NO_REVIEW} ObjectInvalid kind "Pod": expected AdmissionReview, got the text "Pod"; ObjectInvalid apiVersion "v1": expected admission.k8s.io/v1, got the text "v1" ${ASK}`,
);
test(
  'a review of a Pod',
  refused,
  { body: reviewOf({ resource: { group: '', version: 'v1', resource: 'pods' } }) },
  400,
  `${NO_REVIEW} ObjectInvalid request.resource: expected ingresses of networking.k8s.io/v1, networking.k8s.io/v1beta1, extensions/v1beta1 or services of v1, got pods of v1; take it out of the rules of the webhook configuration ${ASK}`,
);
test(
  'a page that is not there',
  refused,
  { path: '/convert', body: reviewOf() },
  404,
  'there is nothing here; reviews go to /mutate and /validate',
);

test('W11 a body of 9 MiB is read, and one of 3 MiB of annotations', async t => {
  const { call } = await webhookWorld(t);
  t.is((await call({ body: reviewOfBytes(9 * MIB) })).status, 200);
  const object = ingressOf({ annotations: { note: 'x'.repeat(3 * MIB) } });
  t.is((await call({ body: reviewOf({ object }) })).status, 200);
});

test('W11 after a body that is too large its connection serves the next review', async t => {
  const { call } = await webhookWorld(t);
  const agent = apiServerAgent(t, 1);
  t.is((await call({ body: reviewOfBytes(9 * MIB + 1), agent })).status, 413);
  t.is((await call({ body: reviewOf(), agent })).status, 200);
});

test('W11 who goes on sending past twice the limit is cut off', async t => {
  const { port } = await webhookWorld(t, { limits: { maxBodyBytes: 1000 } });
  const socket = await connectTls(t, port);
  const closed = new Promise(resolve => socket.once('close', resolve));
  socket.on('data', () => undefined);
  socket.write(
    'POST /mutate HTTP/1.1\r\nHost: w\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
  );
  const chunk = `400\r\n${' '.repeat(1024)}\r\n`;
  const send = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', send);
  send();
  await closed;
  t.pass();
});

const bodyOf = (text: string): Manifest => {
  const review: unknown = JSON.parse(text);
  return isRecord(review) && isRecord(review.response) ? review.response : {};
};

test('W11 the uid comes back, and no patch but a JSON Patch', async t => {
  const { call } = await webhookWorld(t);
  const agent = apiServerAgent(t, 1);
  for (const uid of ['a', '705ab4f5-6393-11e8-b7cc-42010a800002', '"\\\n\u0000é', '__proto__']) {
    for (const path of ['/mutate', '/validate']) {
      const response = bodyOf((await call({ path, body: reviewOf({ uid }), agent })).text);
      t.is(response.uid, uid);
      t.is(response.patchType, path === '/mutate' ? 'JSONPatch' : undefined);
      t.is(typeof response.patch, path === '/mutate' ? 'string' : 'undefined');
    }
  }
});

test('W11 a thousand paths, and a thousand wrong ones, are judged whole', async t => {
  const { call } = await webhookWorld(t);
  const paths = (prefix: string) =>
    Array.from({ length: 1000 }, (_, index) => ({ path: `${prefix}${index}` }));
  const good = ingressOf({ rules: [ruleOf('taobao.com', ...paths('/'))] });
  t.true(bodyOf((await call({ path: '/validate', body: reviewOf({ object: good }) })).text).allowed);
  const bad = ingressOf({ rules: [ruleOf('taobao.com', ...paths(''))] });
  const { allowed, status } = bodyOf(
    (await call({ path: '/validate', body: reviewOf({ object: bad }) })).text,
  );
  t.false(allowed);
  t.regex(isRecord(status) ? String(status.message) : '', /^1000 problems:\n.*… and 960 more: .*$/s);
});

const isAnswer = (world: WebhookWorld, agent: Called['agent']) => async (body: unknown, path: string) => {
  const { status, text } = await world.call({ path, body, ...(agent === undefined ? {} : { agent }) });
  return (status === 200 && text.startsWith('{"apiVersion":"admission.k8s.io/v1"')) || status === 400;
};

test('W11 any JSON gets a review or a 400, never a 500', async t => {
  const world = await webhookWorld(t);
  const answered = isAnswer(world, apiServerAgent(t, 1));
  await fc.assert(
    fc.asyncProperty(
      arbitraryJsonObject,
      fc.constantFrom('whole', 'request', 'object', 'update'),
      fc.constantFrom('/mutate', '/validate'),
      async (json, place, path) => {
        const body = {
          whole: json,
          request: { ...reviewOf(), request: Object.assign(requestOf(), json) },
          object: reviewOf({ object: json, name: 'web', namespace: 'shop' }),
          update: reviewOf({ operation: 'UPDATE', oldObject: json }),
        }[place];
        t.true(await answered(body, path));
      },
    ),
    { numRuns: 200 },
  );
});
