import { readFileSync } from 'node:fs';
import test from 'ava';
import { parse } from 'yaml';
import { tcpComponent } from '../../src/cli/tcp-component.ts';
import { runSluice } from '../helpers/run-sluice.ts';

type Component = {
  readonly kind: string;
  readonly patches: readonly {
    readonly target: { readonly kind: string; readonly name: string };
    readonly patch: string;
  }[];
};

const shipped = (folder: string): string =>
  readFileSync(
    new URL(`../../webhook-config/components/${folder}/kustomization.yaml`, import.meta.url),
    'utf8',
  );

test('what is shipped is what the command prints', t => {
  t.is(shipped('tcp-ports'), tcpComponent({ tcpPorts: [33_306], tcpPortRange: null }, false));
  const range = { tcpPorts: [], tcpPortRange: { from: 33_000, to: 33_999 } };
  t.is(shipped('tcp-port-range'), tcpComponent(range, true));
});

/** What each kind of object gets: path -> values. */
const added = (text: string): Readonly<Record<string, readonly unknown[]>> => {
  const { patches } = parse(text) as Component;
  return Object.fromEntries(
    patches.map(({ target, patch }) => [
      target.kind,
      (parse(patch) as { readonly value: unknown }[]).map(({ value }) => value),
    ]),
  );
};

test('a port stands wherever an installation names it', t => {
  t.deepEqual(added(tcpComponent({ tcpPorts: [6379, 33_306], tcpPortRange: null }, false)), {
    DaemonSet: [
      '--tcp-ports=6379,33306',
      { name: 'tcp-6379', containerPort: 6379, hostPort: 6379 },
      { name: 'tcp-33306', containerPort: 33_306, hostPort: 33_306 },
    ],
    Deployment: ['--tcp-ports=6379,33306'],
    NetworkPolicy: [{ port: 6379 }, { port: 33_306 }],
    Service: [
      { name: 'tcp-6379', port: 6379, targetPort: 'tcp-6379' },
      { name: 'tcp-33306', port: 33_306, targetPort: 'tcp-33306' },
    ],
  });
});

test('on the network of the nodes nothing is declared but flags', t => {
  const options = { tcpPorts: [6379], tcpPortRange: { from: 33_000, to: 33_999 } };
  t.deepEqual(added(tcpComponent(options, true)), {
    DaemonSet: ['--tcp-ports=6379', '--tcp-port-range=33000-33999'],
    Deployment: ['--tcp-ports=6379', '--tcp-port-range=33000-33999'],
    NetworkPolicy: [{ port: 6379 }, { port: 33_000, endPort: 33_999 }],
  });
});

test('the command prints a component, and says what it lacks', async t => {
  const good = await runSluice(t, ['tcp-component', '--tcp-ports', '33306']);
  t.like(good, { code: 0, stdout: shipped('tcp-ports'), stderr: '' });
  const none = await runSluice(t, ['tcp-component']);
  t.is(none.code, 2);
  t.regex(none.stderr, /name the ports with --tcp-ports/);
  const range = await runSluice(t, ['tcp-component', '--tcp-port-range']);
  t.is(range.code, 2);
  t.regex(range.stderr, /a range is for --host-network/);
});
