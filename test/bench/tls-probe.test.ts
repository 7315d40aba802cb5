import { randomBytes } from 'node:crypto';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { ask } from '../../bench/ask.ts';
import type { ServingFiles } from '../../bench/job.ts';
import { newServingFiles } from '../../bench/serving-files.ts';
import { tlsFaults } from '../../bench/tls-probe.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

/** A server of both protocols that answers with the request's protocol, host and ticket. */
const listen = async (
  t: ExecutionContext,
  serving: ServingFiles,
  { forgets = false, ...options }: TlsOptions & { readonly forgets?: boolean } = {},
) => {
  const server = createSecureServer({
    cert: serving.certificate,
    key: serving.key,
    allowHTTP1: true,
    ...options,
  });
  server.on('request', (request, response) => {
    const host = request.headers[':authority'] ?? request.headers.host;
    response.setHeader('X-Origin', 'body');
    response.end(`${request.httpVersion} ${host} ${request.headers.foo}`);
  });
  // What was sealed with the last keys is opened by nobody.
  if (forgets) server.on('connection', () => server.setTicketKeys(randomBytes(48)));
  server.listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
};

test('a server that makes the handshake as pinned has no faults', async t => {
  const serving = await newServingFiles(await tempFolder(t));
  t.deepEqual(await tlsFaults(await listen(t, serving), serving), []);
});

test('another certificate, and sessions that are never resumed, are faults', async t => {
  const folder = await tempFolder(t);
  const serving = await newServingFiles(folder);
  const other = await newServingFiles(folder);
  const port = await listen(t, other);
  t.deepEqual(await tlsFaults(port, serving), ['another certificate is served']);
  const forgetful = await listen(t, serving, { forgets: true });
  t.deepEqual(await tlsFaults(forgetful, serving), ['sessions are not resumed']);
});

test('a server without TLS 1.3, and one that is not there, make no handshake', async t => {
  const serving = await newServingFiles(await tempFolder(t));
  const none = ['no handshake of TLS 1.3 came about'];
  t.deepEqual(await tlsFaults(await listen(t, serving, { maxVersion: 'TLSv1.2' }), serving), none);
  t.deepEqual(await tlsFaults(1, serving), none);
});

test('one request goes over HTTP/1.1 or HTTP/2, and its answer reads alike', async t => {
  const serving = await newServingFiles(await tempFolder(t));
  const port = await listen(t, serving);
  const asked = { host: 'shop-3.bench.test', path: '/x', isMarked: true };
  for (const [entry, version] of [
    ['https', '1.1'],
    ['h2', '2.0'],
  ] as const) {
    const answer = await ask(port, asked, entry);
    t.regex(answer, /^HTTP\/1\.1 200 /);
    t.regex(answer, /\r\nx-origin: body\r\n/i);
    t.true(answer.includes(`${version} shop-3.bench.test bar`), answer);
  }
  t.is(await ask(1, asked, 'h2'), '');
  t.is(await ask(1, asked, 'https'), '');
});
