import test from 'ava';
import { envoyBootstrap, envoyRoutes } from '../../../bench/contenders/envoy.ts';
import { haproxyConfig, haproxyMap } from '../../../bench/contenders/haproxy.ts';
import { nginxConfig } from '../../../bench/contenders/nginx.ts';
import { backendManifests, changingManifest, ingressManifests } from '../../../bench/contenders/ours.ts';
import { workerUser } from '../../../bench/contenders/worker-user.ts';
import { hostNames } from '../../../bench/job.ts';
import { nginxOriginConfig, smallAnswer } from '../../../bench/origin/nginx-origin.ts';

const job = {
  hosts: hostNames(3),
  ports: { web: { stable: 1001, edge: 1002 }, body: { stable: 1003, edge: 1004 } },
};
const spec = { job, port: 900, folder: '/run/x' };

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
