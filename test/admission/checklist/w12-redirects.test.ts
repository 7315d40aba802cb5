import { METHODS } from 'node:http';
import test from 'ava';
import { reviewOf } from '../../helpers/admission-review.ts';
import { RawPeer } from '../../helpers/raw-peer.ts';
import { connectTls, webhookWorld } from '../../helpers/webhook-world.ts';

// CVE-2020-8561: an API server follows a webhook's redirect, with its own eyes on the network.

const TARGETS = [
  '/mutate',
  '/mutate/',
  '/mutate?timeout=3s',
  '/MUTATE',
  '//mutate',
  '/validate/../mutate',
  '/validate/',
  '//example.com/%2e%2e',
  '/%2e%2e/mutate',
  '/mutate%2f',
  '/%',
  '/%ff',
  '/',
  '/healthz/',
  '/readyz/',
  '*',
  'http://example.com/mutate',
];

test('W12 whatever is asked, no answer is a redirect', async t => {
  const { port } = await webhookWorld(t, { notReady: () => ['not yet'] });
  const body = JSON.stringify(reviewOf());
  let answers = 0;
  for (const method of METHODS.filter(name => name !== 'CONNECT')) {
    const peer = new RawPeer(await connectTls(t, port));
    for (const target of TARGETS) {
      peer.write(
        `${method} ${target} HTTP/1.1\r\nHost: example.com\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
    }
    peer.write('GET /readyz HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n');
    const received = await peer.untilEnd();
    const statuses = [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
    answers += statuses.length;
    t.deepEqual(
      statuses.filter(status => status >= 300 && status < 400),
      [],
      method,
    );
    t.notRegex(received, /^location:/im, method);
  }
  t.true(answers >= METHODS.length * TARGETS.length);
});
