import test from 'ava';
import { envoyBootstrap, envoyRoutes } from '../../../bench/contenders/envoy.ts';
import { envoyRelayBootstrap } from '../../../bench/contenders/envoy-relay.ts';
import { haproxyConfig, haproxyMap } from '../../../bench/contenders/haproxy.ts';
import { haproxyRelayConfig } from '../../../bench/contenders/haproxy-relay.ts';
import { nginxConfig } from '../../../bench/contenders/nginx.ts';
import { nginxRelayConfig } from '../../../bench/contenders/nginx-relay.ts';
import {
  backendManifests,
  changingManifest,
  ingressManifests,
  secretManifest,
} from '../../../bench/contenders/ours.ts';
import { relayManifests } from '../../../bench/contenders/ours-relay.ts';
import { workerUser } from '../../../bench/contenders/worker-user.ts';
import { hostNames } from '../../../bench/job.ts';
import { nginxOriginConfig, smallAnswer } from '../../../bench/origin/nginx-origin.ts';

const job = {
  hosts: hostNames(3),
  ports: { web: { stable: 1001, edge: 1002 }, body: { stable: 1003, edge: 1004 } },
};
const serving = {
  certificate: 'a certificate',
  key: 'a key',
  paths: { certificate: '/tls/certificate.pem', key: '/tls/key.pem', both: '/tls/both.pem' },
};
const spec = { job, port: 900, bodyPort: 901, folder: '/run/x', entry: 'http', serving } as const;

/** Braces that open and close: a broken template shows at once. */
const isBalanced = (text: string): boolean =>
  (text.match(/\{/g) ?? []).length === (text.match(/\}/g) ?? []).length;

test('nginx has a server for every host and a ticket map for every pool', t => {
  const config = nginxConfig(spec);
  t.true(isBalanced(config));
  for (const host of job.hosts) t.true(config.includes(`server_name ${host};`));
  t.regex(config, /map \$http_foo \$web_pool \{ default web_stable; "bar" web_edge; \}/);
  t.regex(config, /upstream body_edge \{\s+server 127\.0\.0\.1:1004 /);
});

test('HAProxy maps every host and path, and marked requests go to the edge', t => {
  t.true(haproxyMap(job).includes('shop-2.bench.test#/upload body\n'));
  t.true(haproxyMap(job).includes('changing.bench.test#/ web\n'));
  const config = haproxyConfig(spec);
  t.regex(config, /backend web_stable\n {2}server s1 127\.0\.0\.1:1001 /);
  t.regex(config, /_edge if \{ req\.hdr\(foo\) -m str bar \}/);
});

test('Envoy has a virtual host for every host, marked routes first', t => {
  const routes = JSON.stringify(envoyRoutes(job, 'stable', 1));
  for (const host of job.hosts) t.true(routes.includes(`"${host}:*"`));
  t.true(routes.indexOf('web_edge') < routes.indexOf('web_stable'));
  t.true(JSON.stringify(envoyBootstrap(spec)).includes('"port_value":1004'));
});

test('over TLS all serve the same certificate, and offer HTTP/2', t => {
  const nginx = nginxConfig({ ...spec, entry: 'h2' });
  t.true(isBalanced(nginx));
  t.regex(nginx, /listen 127\.0\.0\.1:900 ssl http2 default_server /);
  t.regex(nginx, /listen 127\.0\.0\.1:900 ssl http2;\s+server_name shop-2/);
  t.regex(nginx, /ssl_certificate \/tls\/certificate\.pem;\s+ssl_certificate_key \/tls\/key\.pem;/);
  const haproxy = haproxyConfig({ ...spec, entry: 'https' });
  t.regex(haproxy, /bind 127\.0\.0\.1:900 .* ssl crt \/tls\/both\.pem alpn h2,http\/1\.1\n/);
  t.true(haproxy.includes('X-Forwarded-Proto https\n'));
  const envoy = JSON.stringify(envoyBootstrap({ ...spec, entry: 'h2' }));
  t.true(envoy.includes('{"filename":"/tls/certificate.pem"},"private_key":{"filename":"/tls/key.pem"}'));
  t.true(ingressManifests(job.hosts, { isOverTls: true }).includes('"secretName":"serving"'));
  t.true(secretManifest(serving).includes('"tls.crt":"YSBjZXJ0aWZpY2F0ZQ=="'));
});

test('in clear nobody is told of a certificate', t => {
  t.false(nginxConfig(spec).includes('ssl'));
  t.false(nginxConfig({ ...spec, entry: 'h2c' }).includes('ssl'));
  t.false(haproxyConfig(spec).includes('ssl'));
  t.true(haproxyConfig(spec).includes('X-Forwarded-Proto http\n'));
  t.false(JSON.stringify(envoyBootstrap(spec)).includes('tls'));
  t.false(ingressManifests(job.hosts).includes('secretName'));
});

test('relays lead one port to each pool, stable alone', t => {
  const nginx = nginxRelayConfig(spec);
  t.true(isBalanced(nginx));
  t.regex(nginx, /listen 127\.0\.0\.1:900 backlog=4096; proxy_pass 127\.0\.0\.1:1001; /);
  t.regex(nginx, /listen 127\.0\.0\.1:901 backlog=4096; proxy_pass 127\.0\.0\.1:1003; /);
  const haproxy = haproxyRelayConfig(spec);
  t.regex(haproxy, /listen web\n {2}bind 127\.0\.0\.1:900 .*\n {2}server s1 127\.0\.0\.1:1001\n/);
  t.regex(haproxy, /listen body\n {2}bind 127\.0\.0\.1:901 .*\n {2}server s1 127\.0\.0\.1:1003\n/);
  const envoy = JSON.stringify(envoyRelayBootstrap(spec));
  for (const port of [900, 901, 1001, 1003]) t.true(envoy.includes(`"port_value":${port}`));
  const services = JSON.parse(relayManifests('bench', spec)) as {
    items: readonly { metadata: { annotations: object }; spec: { selector: object } }[];
  };
  t.deepEqual(
    services.items.map(({ metadata, spec: { selector } }) => ({ ...metadata.annotations, ...selector })),
    [
      { 'sluice.dev/class': 'sluice', 'sluice.dev/tcp': '900:80', app: 'web', track: 'stable' },
      { 'sluice.dev/class': 'sluice', 'sluice.dev/tcp': '901:80', app: 'body', track: 'stable' },
    ],
  );
});

test('a changed host leads to the edge in every configuration that can change', t => {
  t.not(JSON.stringify(envoyRoutes(job, 'edge', 2)), JSON.stringify(envoyRoutes(job, 'stable', 2)));
  t.true(changingManifest('edge').includes('"next"'));
  t.false(changingManifest('stable').includes('"next"'));
});

test('ours has one Ingress a host with the ticket, and a pod for every port', t => {
  const ingresses = JSON.parse(ingressManifests(job.hosts)) as {
    items: readonly { metadata: { name: string } }[];
  };
  t.is(ingresses.items.length, 3);
  t.true(ingressManifests(job.hosts).includes('\\"foo\\":\\"bar\\"'));
  for (const port of [1001, 1002, 1003, 1004])
    t.true(backendManifests(job).includes(`"containerPort":${port}`));
});

test('the origin answers both tracks with the same number of bytes', t => {
  t.is(smallAnswer('stable').length, 105);
  t.is(smallAnswer('edge').length, 105);
  t.true(isBalanced(nginxOriginConfig(job.ports.web, '/run/x')));
});

test('nginx keeps root as its user only where root runs it', t => {
  t.is(workerUser(0), 'user root;\n');
  t.is(workerUser(1000), '');
});
