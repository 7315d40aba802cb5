import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { parse } from 'yaml';
import { isRecord } from '../../../src/core/canonical-json.ts';
import {
  annotationsOf,
  configOf,
  drainageOf,
  hostsOf,
  type Manifest,
  TAOBAO_KEY,
} from '../../helpers/admission.ts';
import { answered } from '../control-plane/answered.ts';
import { SEED } from '../seed-manifests.ts';
import { versionUnderTest } from '../versions.ts';
import { webhookForTests } from './webhook-for-tests.ts';

// The seed's own class, as overlays/nginx-class has it.
const { plane } = webhookForTests(test, ['--ingress-class', 'nginx']);

type Dialect = 'v1' | 'v1beta1';

/** 1.22 and later serve v1 alone. */
const DIALECTS: readonly Dialect[] = versionUnderTest() === 'oldest' ? ['v1beta1', 'v1'] : ['v1'];

const nameIn = (manifest: string): string => {
  const { metadata } = parse(manifest) as { readonly metadata: { readonly name: string } };
  return metadata.name;
};
const NAME = nameIn(SEED.before.v1);

const metadataOf = (object: unknown): Manifest =>
  isRecord(object) && isRecord(object.metadata) ? object.metadata : {};

/** What tells whether anything was written. */
const versionOf = (object: unknown): unknown => {
  const { resourceVersion, generation } = metadataOf(object);
  return { resourceVersion, generation };
};

/**
 * What tells whether server-side apply wrote anything but its time, which 1.20 stores anew whenever a mutating webhook
 * had something to do, whatever comes of it.
 */
const contentOf = (object: unknown): unknown => {
  if (versionUnderTest() !== 'oldest') return versionOf(object);
  const { resourceVersion: _, managedFields, ...metadata } = metadataOf(object);
  const managers = Array.isArray(managedFields) ? managedFields.filter(isRecord) : [];
  return {
    ...(isRecord(object) ? object : {}),
    metadata: { ...metadata, managedFields: managers.map(({ time: _time, ...entry }) => entry) },
  };
};

class Shop {
  readonly #t: ExecutionContext;
  readonly namespace = 'default';

  constructor(t: ExecutionContext) {
    this.#t = t;
  }

  async kubectl(
    args: readonly string[],
    input?: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const { code, stdout, stderr } = await this.tries(args, input, env);
    this.#t.is(code, 0, stderr);
    return stdout;
  }

  tries(args: readonly string[], input?: string, env: Readonly<Record<string, string>> = {}) {
    return plane().kubectl(['-n', this.namespace, ...args], {
      ...(input === undefined ? {} : { input }),
      env,
    });
  }

  async live(name = NAME): Promise<unknown> {
    const path = `/apis/networking.k8s.io/v1/namespaces/${this.namespace}/ingresses/${name}`;
    return answered(plane(), { method: 'GET', path });
  }
}

/** The seed names its namespace, and its host belongs to that one: a shop closes when its test has ended. */
const openShop = (t: ExecutionContext): Shop => {
  const shop = new Shop(t);
  t.teardown(() => shop.tries(['delete', 'ingress', '--all', '--wait=true']));
  return shop;
};

const keyed = (t: ExecutionContext, object: unknown): void => {
  t.deepEqual(hostsOf(object), [TAOBAO_KEY]);
  t.deepEqual(configOf(object).hosts, { [TAOBAO_KEY]: ['taobao.com'] });
  t.deepEqual(drainageOf(object).serviceMap, {
    'cart-svc': 'cart-svc-edge',
    'order-svc': 'order-svc-edge',
    'www-svc': 'www-svc-edge',
  });
};

for (const dialect of DIALECTS) {
  test.serial(
    `W8 kubectl apply of the seed in ${dialect}: created, then transparent however often`,
    async t => {
      const shop = openShop(t);
      t.regex(await shop.kubectl(['apply', '-f', '-'], SEED.before[dialect]), /created/);
      const first = await shop.live();
      keyed(t, first);
      for (let round = 0; round < 10; round += 1) {
        await shop.kubectl(['apply', '-f', '-'], SEED.before[dialect]);
        t.deepEqual(versionOf(await shop.live()), versionOf(first));
      }
      t.is(await shop.kubectl(['diff', '-f', '-'], SEED.before[dialect]), '');
    },
  );

  test.serial(
    `the seed's rewritten Ingress in ${dialect} is stored with its own rules and its own service-config`,
    async t => {
      const shop = openShop(t);
      await shop.kubectl(['apply', '-f', '-'], SEED.after[dialect]);
      const file = parse(SEED.after[dialect]) as Manifest;
      const live = await shop.live(nameIn(SEED.after[dialect]));
      t.deepEqual(hostsOf(live), hostsOf(file));
      t.deepEqual(configOf(live), configOf(file));
      t.is(await shop.kubectl(['diff', '-f', '-'], SEED.after[dialect]), '');
    },
  );

  test.serial(`annotate, patch, edit and replace of the seed in ${dialect}`, async t => {
    const shop = openShop(t);
    await shop.kubectl(['apply', '-f', '-'], SEED.before[dialect]);
    const first = await shop.live();

    await shop.kubectl(['annotate', 'ingress', NAME, 'team=shop']);
    const annotated = await shop.live();
    const { team, ...others } = annotationsOf(annotated);
    t.is(team, 'shop');
    t.deepEqual(others, annotationsOf(first));
    t.deepEqual(metadataOf(annotated).generation, metadataOf(first).generation);

    const patch = { metadata: { annotations: { 'sluice.dev/tickets': '{header: {foo: bar}}' } } };
    await shop.kubectl(['patch', 'ingress', NAME, '--type', 'merge', '-p', JSON.stringify(patch)]);
    t.deepEqual(drainageOf(await shop.live()).tickets, { header: { foo: 'bar' } });
    keyed(t, await shop.live());

    const editor = join(plane().folder, 'editor.sh');
    writeFileSync(editor, '#!/bin/sh\nsed -i "s/foo: bar/foo: baz/" "$1"\n', { mode: 0o755 });
    await shop.kubectl(['edit', 'ingress', NAME], undefined, { KUBE_EDITOR: editor });
    t.deepEqual(drainageOf(await shop.live()).tickets, { header: { foo: 'baz' } });

    await shop.kubectl(['replace', '-f', '-'], SEED.before[dialect]);
    const replaced = await shop.live();
    keyed(t, replaced);
    t.is(drainageOf(replaced).tickets, undefined, 'what replace leaves out is gone');
    t.is(annotationsOf(replaced).team, undefined);
  });

  test.serial(
    `W8 server-side apply of the seed in ${dialect} a hundred times settles after the first`,
    async t => {
      const shop = openShop(t);
      await shop.kubectl(['apply', '--server-side', '-f', '-'], SEED.before[dialect]);
      const first = await shop.live();
      keyed(t, first);
      await shop.kubectl(['apply', '--server-side', '-f', '-'], SEED.before[dialect]);
      t.deepEqual(contentOf(await shop.live()), contentOf(first));
      const { apiVersion } = parse(SEED.before[dialect]) as { readonly apiVersion: string };
      const path = `/apis/${apiVersion}/namespaces/${shop.namespace}/ingresses/${NAME}?fieldManager=kubectl`;
      for (let round = 0; round < 100; round += 1) {
        await answered(plane(), {
          method: 'PATCH',
          path,
          contentType: 'application/apply-patch+yaml',
          body: parse(SEED.before[dialect]),
        });
      }
      t.deepEqual(contentOf(await shop.live()), contentOf(first));
    },
  );

  test.serial(
    `a second server-side manager of the seed in ${dialect} meets the conflict, and settles by force`,
    async t => {
      const shop = openShop(t);
      const as = (manager: string, ...args: readonly string[]) => [
        ...['apply', '--server-side', '--field-manager', manager, ...args, '-f', '-'],
      ];
      await shop.kubectl(as('first'), SEED.before[dialect]);
      const { code, stderr } = await shop.tries(as('second'), SEED.before[dialect]);
      t.not(code, 0);
      t.regex(stderr, /conflict with "first".*\.spec\.rules/s);
      await shop.kubectl(as('second', '--force-conflicts'), SEED.before[dialect]);
      const settled = await shop.live();
      keyed(t, settled);
      for (let round = 0; round < 3; round += 1)
        await shop.kubectl(as('second', '--force-conflicts'), SEED.before[dialect]);
      t.deepEqual(contentOf(await shop.live()), contentOf(settled));
    },
  );

  test.serial(`W6 a dry run of the seed in ${dialect} shows the key and stores nothing`, async t => {
    const shop = openShop(t);
    const shown = await shop.kubectl(
      ['apply', '--dry-run=server', '-o', 'json', '-f', '-'],
      SEED.before[dialect],
    );
    keyed(t, JSON.parse(shown));
    t.is(
      await shop.kubectl(['get', 'ingress,service,configmap', '-o', 'name', '-l', 'sluice.dev/edge-of']),
      '',
    );
    t.is(await shop.kubectl(['get', 'ingress', '-o', 'name']), '');
  });

  test.serial(`the seed in ${dialect} is deleted`, async t => {
    const shop = openShop(t);
    await shop.kubectl(['apply', '-f', '-'], SEED.before[dialect]);
    await shop.kubectl(['delete', '-f', '-'], SEED.before[dialect]);
    t.is(await shop.kubectl(['get', 'ingress', '-o', 'name']), '');
  });
}
