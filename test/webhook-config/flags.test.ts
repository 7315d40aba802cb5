import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { Command } from 'commander';
import { parse } from 'yaml';
import { addControllerFlags, type ControllerFlags, statusSource } from '../../src/cli/controller-flags.ts';
import { addWebhookFlags } from '../../src/cli/webhook-flags.ts';
import { runSluice } from '../helpers/run-sluice.ts';

const root = fileURLToPath(new URL('../../webhook-config', import.meta.url));

/** Every `--flag=value` in a folder, of whatever role. */
const flagsIn = (folder: string): readonly string[] =>
  globSync(`${root}/${folder}/**/*.yaml`)
    .flatMap(path => readFileSync(path, 'utf8').split('\n'))
    .flatMap(line => /(?:- |value: )(--[a-z-]+(?:=\S+)?)$/.exec(line)?.[1] ?? []);

/** What kustomize adds to the container of the controller. */
const addedToController = (overlay: string): readonly string[] => {
  const { patches } = parse(readFileSync(`${root}/overlays/${overlay}/kustomization.yaml`, 'utf8')) as {
    readonly patches: readonly { readonly target: { readonly kind: string }; readonly patch: string }[];
  };
  return patches
    .filter(({ target }) => target.kind.startsWith('Deployment'))
    .flatMap(({ patch }) => /value: (--\S+)/.exec(patch)?.[1] ?? []);
};

const controllerFlags = (flags: readonly string[]): ControllerFlags =>
  addControllerFlags(new Command('controller')).exitOverride().parse(flags, { from: 'user' }).opts();

test('beside ingress-nginx the status of Ingresses is left to it', t => {
  const added = addedToController('nginx-class');
  t.true(added.length > 0);
  t.deepEqual(statusSource(controllerFlags(added)), { kind: 'off' });
});

test('with a load balancer the status is that of its Service', t => {
  t.deepEqual(statusSource(controllerFlags(addedToController('load-balancer'))), {
    kind: 'service',
    namespace: 'sluice-system',
    name: 'sluice-router',
  });
});

test('a component of TCP ports names flags that all roles have', async t => {
  const helps = [
    addControllerFlags(new Command('controller')).helpInformation(),
    addWebhookFlags(new Command('webhook')).helpInformation(),
    (await runSluice(t, ['router', '--help'])).stdout,
  ];
  for (const folder of ['components/tcp-ports', 'components/tcp-port-range']) {
    const [flag = ''] = new Set(flagsIn(folder));
    t.regex(flag, /^--tcp-port/);
    for (const help of helps) t.true(help.includes(`${flag.split('=')[0]} `), flag);
  }
});

test('every flag in the manifests is one of its role', async t => {
  const known = (help: string): ReadonlySet<string> => new Set(help.match(/--[a-z-]+/g) ?? []);
  const helps = new Map([
    ['base/controller', addControllerFlags(new Command('controller')).helpInformation()],
    ['base/webhook', addWebhookFlags(new Command('webhook')).helpInformation()],
    ['base/router', (await runSluice(t, ['router', '--help'])).stdout],
  ]);
  for (const [folder, help] of helps) {
    const flags = flagsIn(folder);
    t.true(flags.length > 0, folder);
    for (const flag of flags) t.true(known(help).has(flag.split('=')[0] ?? ''), `${folder}: ${flag}`);
  }
});
