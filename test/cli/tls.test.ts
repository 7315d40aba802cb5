import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { connectRaw } from '../helpers/raw-peer.ts';
import { assertNoStackTrace, runSluice, startUp } from '../helpers/run-sluice.ts';
import { tempFolder } from '../helpers/temp-folder.ts';
import { ecdsaPlan } from '../helpers/tls-certificates.ts';
import { connectTlsPeer, namesShown } from '../helpers/tls-peer.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const manifests = (): string => {
  const { chain, key } = ecdsaPlan('default/web-tls', 'a.test');
  return `apiVersion: v1
kind: Secret
metadata: {name: web-tls, namespace: default}
type: kubernetes.io/tls
data: {tls.crt: ${base64(chain)}, tls.key: ${base64(key)}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: default}
spec:
  tls: [{hosts: [a.test], secretName: web-tls}]
  rules:
    - host: a.test
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
`;
};

test('sluice up serves HTTPS with the certificate of the host, and sends who comes in clear there', async t => {
  const folder = await tempFolder(t);
  await writeFile(join(folder, 'all.yaml'), manifests());
  const { process, port } = await startUp(t, ['-f', folder, '--tls-port', '0', '--address', '127.0.0.1']);
  const [, text] = await process.untilStdout(/^HTTPS is on https:\/\/127\.0\.0\.1:(\d+)$/m);
  const tlsPort = Number(text);
  const client = await connectTlsPeer(tlsPort, { servername: 'a.test', ALPNProtocols: ['http/1.1'] });
  t.is(namesShown(client), 'DNS:a.test');
  client.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n');
  t.regex(await client.untilText('NoEndpoint'), /^HTTP\/1\.1 503 /);
  client.socket.destroy();
  const other = await connectTlsPeer(tlsPort, { servername: 'b.test' });
  t.is(namesShown(other), 'DNS:sluice.invalid');
  other.socket.destroy();
  const inClear = await connectRaw(port);
  inClear.write('GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n');
  t.regex(await inClear.untilText('Redirect'), new RegExp(`\r\nLocation: https://a\\.test:${tlsPort}/x\r\n`));
  inClear.socket.destroy();
});

test('a TLS port in use is told with the way out', async t => {
  const folder = await tempFolder(t);
  await writeFile(join(folder, 'all.yaml'), manifests());
  const { port } = await startUp(t, ['-f', folder, '--address', '127.0.0.1']);
  const args = ['up', '-f', folder, '--port', '0', '--admin-port', 'off', '--address', '127.0.0.1'];
  const finished = await runSluice(t, [...args, '--tls-port', `${port}`]);
  t.is(finished.code, 1);
  t.regex(
    finished.stderr,
    new RegExp(`^sluice up: port ${port} of 127\\.0\\.0\\.1 is in use; .* with --tls-port\\.$`, 'm'),
  );
});

for (const [flag, value, message] of [
  ['--tls-port', 'on', /argument 'on' is invalid\. A port is a number from 0 to 65535/],
  ['--public-https-port', '0', /argument '0' is invalid\. Write the port that clients reach/],
  ['--default-certificate', 'one', /argument 'one' is invalid\. Write NAMESPACE\/NAME/],
] as const) {
  test(`${flag} ${value} is refused with what to write`, async t => {
    const finished = await runSluice(t, ['up', '-f', '.', flag, value]);
    t.is(finished.code, 2);
    t.regex(finished.stderr, message);
    assertNoStackTrace(t, finished);
  });
}
