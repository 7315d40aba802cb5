import type { ExecutionContext } from 'ava';
import { isRecord } from '../../../src/core/canonical-json.ts';
import type { ConfigMap } from '../../../src/core/objects/config-map.ts';
import type { Outcome } from '../../../src/kube/api-outcome.ts';
import { CONFIG_MAP } from '../../../src/kube/kinds.ts';
import type { ObjectClient, Received } from '../../../src/kube/objects/object-client.ts';

/** What every API server does with our writes; run against a simulated one and real ones. */
export type ObjectClientCase = {
  readonly title: string;
  readonly run: (t: ExecutionContext, client: ObjectClient, namespace: string) => Promise<void>;
};

const manifest = (name: string, value: string) => ({
  metadata: { name, labels: { app: name } },
  data: { value },
});

const received = (outcome: Outcome<Received<ConfigMap>>): Received<ConfigMap> => {
  if (!outcome.ok) throw new Error(outcome.failure.message);
  return outcome.value;
};

const failure = (outcome: Outcome<unknown>): string => (outcome.ok ? 'ok' : outcome.failure.kind);

export const OBJECT_CLIENT_CASES: readonly ObjectClientCase[] = [
  {
    title: 'an object is made, read, changed and deleted, each once',
    run: async (t, client, namespace) => {
      const ref = { namespace, name: 'life' };
      t.is(failure(await client.get(CONFIG_MAP, ref)), 'notFound');
      const made = received(await client.create(CONFIG_MAP, namespace, manifest('life', '1')));
      t.is(made.object.data.value, '1');
      t.is(failure(await client.create(CONFIG_MAP, namespace, manifest('life', '2'))), 'alreadyExists');
      const read = received(await client.get(CONFIG_MAP, ref));
      t.is(read.resourceVersion, made.resourceVersion);
      t.deepEqual(read.object, made.object);
      const patch = { type: 'merge', body: { data: { value: '3', other: null } } } as const;
      t.deepEqual({ ...received(await client.patch(CONFIG_MAP, ref, patch)).object.data }, { value: '3' });
      t.deepEqual(await client.delete(CONFIG_MAP, ref), { ok: true, value: true });
      t.deepEqual(await client.delete(CONFIG_MAP, ref), { ok: true, value: false });
    },
  },
  {
    title: 'a write for another version than the stored one is a conflict, and nothing is written',
    run: async (t, client, namespace) => {
      const ref = { namespace, name: 'stale' };
      const { resourceVersion } = received(
        await client.create(CONFIG_MAP, namespace, manifest('stale', '1')),
      );
      const body = { data: { value: '2' } };
      received(await client.patch(CONFIG_MAP, ref, { type: 'merge', body }, { resourceVersion }));
      const metadata = { name: 'stale', resourceVersion };
      for (const outcome of [
        await client.patch(
          CONFIG_MAP,
          ref,
          { type: 'merge', body: { data: { value: '9' } } },
          { resourceVersion },
        ),
        await client.readmit(CONFIG_MAP, ref, resourceVersion),
        await client.replace(CONFIG_MAP, namespace, { metadata, data: { value: '9' } }),
        await client.delete(CONFIG_MAP, ref, { resourceVersion }),
        await client.delete(CONFIG_MAP, ref, { uid: '00000000-0000-4000-8000-000000000000' }),
      ]) {
        t.is(failure(outcome), 'conflict');
      }
      t.is(received(await client.get(CONFIG_MAP, ref)).object.data.value, '2');
    },
  },
  {
    title: 'a dry run tells what would be stored and stores nothing',
    run: async (t, client, namespace) => {
      const ref = { namespace, name: 'dry' };
      const dryRun = { dryRun: true };
      received(await client.create(CONFIG_MAP, namespace, manifest('dry', '1'), dryRun));
      t.is(failure(await client.get(CONFIG_MAP, ref)), 'notFound');
      const { resourceVersion } = received(await client.create(CONFIG_MAP, namespace, manifest('dry', '1')));
      const patch = { type: 'merge', body: { data: { value: '2' } } } as const;
      t.is(received(await client.patch(CONFIG_MAP, ref, patch, dryRun)).object.data.value, '2');
      t.true((await client.delete(CONFIG_MAP, ref, dryRun)).ok);
      const read = received(await client.get(CONFIG_MAP, ref));
      t.deepEqual([read.object.data.value, read.resourceVersion], ['1', resourceVersion]);
    },
  },
  {
    title: 'a list has every page, and reads what it lists as its kind',
    run: async (t, client, namespace) => {
      const names = Array.from({ length: 501 }, (_, index) => `page-${index}`);
      const rest = [...names];
      while (rest.length > 0) {
        const some = rest.splice(0, 50);
        await Promise.all(
          some.map(async name => received(await client.create(CONFIG_MAP, namespace, manifest(name, '1')))),
        );
      }
      const listed = await client.list(CONFIG_MAP, { namespace });
      t.true(listed.ok);
      if (!listed.ok) return;
      const found = listed.value.items.map(({ object }) => object.metadata.name);
      t.deepEqual(found.filter(name => name.startsWith('page-')).sort(), names.sort());
      const one = await client.list(CONFIG_MAP, { namespace, labelSelector: 'app=page-7' });
      t.deepEqual(one.ok && one.value.items.map(({ object }) => object.metadata.name), ['page-7']);
    },
  },
  {
    title: 'fields that we do not read come along as they are',
    run: async (t, client, namespace) => {
      const body = { metadata: { name: 'whole' }, binaryData: { a: 'eA==' } };
      const { json } = received(await client.create(CONFIG_MAP, namespace, body));
      t.deepEqual(isRecord(json) && json.binaryData, { a: 'eA==' });
    },
  },
];
