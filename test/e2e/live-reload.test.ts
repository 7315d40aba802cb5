import { mkdir, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Answered, ask, askUntil, keepAliveAgent } from '../helpers/ask.ts';
import { countingBackend } from '../helpers/counting-backend.ts';
import {
  ingressManifest,
  manifestText,
  podManifest,
  serviceManifest,
  type WrittenManifest,
  type WrittenPath,
} from '../helpers/manifest-text.ts';
import { type RunningSluice, startUp } from '../helpers/run-sluice.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

const paths = (path: string, service: string): readonly WrittenPath[] => [{ path, service }];

type World = RunningSluice & {
  readonly folder: string;
  readonly file: (name: string) => string;
  readonly save: (name: string, ...manifests: readonly WrittenManifest[]) => Promise<void>;
  readonly body: (host: string, path?: string) => Promise<string>;
};

/** Two apps, `one` and `two`, in the namespaces `default` and `other`, and the given Ingress files. */
const startWorld = async (
  t: ExecutionContext,
  files: Readonly<Record<string, readonly WrittenManifest[]>>,
): Promise<World> => {
  const folder = await tempFolder(t);
  const file = (name: string): string => join(folder, name);
  const save: World['save'] = (name, ...manifests) => writeFile(file(name), manifestText(...manifests));
  const apps = [];
  for (const app of ['one', 'two']) {
    const { port } = await countingBackend(t, app);
    for (const namespace of ['default', 'other']) {
      apps.push(serviceManifest(app, { namespace }), podManifest(`${app}-1`, { app, port, namespace }));
    }
  }
  await save('apps.yaml', ...apps);
  for (const [name, manifests] of Object.entries(files)) await save(name, ...manifests);
  const running = await startUp(t, ['-f', folder]);
  const body: World['body'] = async (host, path = '/') => {
    const answer = await ask(running.port, host, { path });
    return answer.status === 200 ? answer.body : `${answer.status}`;
  };
  return { ...running, folder, file, save, body };
};

const untilBody = ({ port }: World, host: string, expected: string): Promise<Answered> =>
  askUntil(
    () => ask(port, host),
    ({ status, body }) => body === expected || `${status}` === expected,
  );

/** The ways in which editors and tools save a file. */
const SAVES = {
  'atomic rename': async (file: string, text: string) => {
    await writeFile(`${file}.tmp`, text);
    await rename(`${file}.tmp`, file);
  },
  'in-place write': (file: string, text: string) => writeFile(file, text),
  'delete and create': async (file: string, text: string) => {
    await unlink(file);
    await writeFile(file, text);
  },
} as const;

const SAVE_COUNT = 30;
/** Per client; at some thousand a second, far more than are made while 30 changes become live. */
const MAX_REQUESTS = 100_000;

test('30 saves are live within 5 s each, and no request of keep-alive clients is lost', async t => {
  const ingress = (service: string): readonly WrittenManifest[] => [
    ingressManifest('web', { 'web.example': [...paths('/', service), ...paths('/steady', 'one')] }),
  ];
  const world = await startWorld(t, { 'web.yaml': ingress('one') });
  let done = false;
  const failures: string[] = [];
  const client = async (path: string): Promise<number> => {
    const agent = keepAliveAgent(t);
    let count = 0;
    for (; !done && count < MAX_REQUESTS; count += 1) {
      try {
        const { status, body } = await ask(world.port, 'web.example', { path, agent });
        const isExpected = path === '/steady' ? body === 'one' : body === 'one' || body === 'two';
        if (status !== 200 || !isExpected) failures.push(`${path}: ${status} ${body}`);
      } catch (error) {
        failures.push(`${path}: ${error}`);
      }
    }
    return count;
  };
  const clients = ['/', '/', '/steady', '/steady'].map(client);
  const ways = Object.values(SAVES);
  for (let i = 0; i < SAVE_COUNT; i += 1) {
    const service = i % 2 === 0 ? 'two' : 'one';
    await ways[i % ways.length]?.(world.file('web.yaml'), manifestText(...ingress(service)));
    await untilBody(world, 'web.example', service);
  }
  done = true;
  const counts = await Promise.all(clients);
  t.deepEqual(failures, []);
  t.true(
    counts.every(count => count > SAVE_COUNT && count < MAX_REQUESTS),
    `${counts}`,
  );
  t.is(world.process.stderr, '');
});

test('a file that is emptied before it is written keeps its routes until then', async t => {
  const world = await startWorld(t, {
    'web.yaml': [ingressManifest('web', { 'web.example': paths('/', 'one') })],
  });
  await writeFile(world.file('web.yaml'), '');
  await world.process.untilStderr(
    /^error: \S*web\.yaml: it is empty now, and what it held is kept: delete the file /m,
  );
  t.is(await world.body('web.example'), 'one');
  await world.save('web.yaml', ingressManifest('web', { 'web.example': paths('/', 'two') }));
  await untilBody(world, 'web.example', 'two');
});

test('a broken file keeps its last good rules and hides no change of another one', async t => {
  const world = await startWorld(t, {
    'a.yaml': [ingressManifest('a', { 'a.example': paths('/', 'one') })],
    'b.yaml': [ingressManifest('b', { 'b.example': paths('/', 'one') })],
  });
  const good = manifestText(ingressManifest('a2', { 'a2.example': paths('/', 'one') }));
  const broken = `${good}---\nkind: Ingress\nkind: Service\n`;
  await writeFile(world.file('a.yaml'), broken);
  const [told] = await world.process.untilStderr(/^error: .*$/m);
  const line = broken.split('\n').indexOf('kind: Service') + 1;
  t.is(
    told.replace(`${world.folder}/`, ''),
    `error: a.yaml:${line}:1: document 2: the key kind stands twice in one map: keep one of them`,
  );
  await world.process.untilStdout(/what was in force in place of the errors above still is$/m);
  t.is(await world.body('a.example'), 'one');
  t.is(await world.body('a2.example'), '404', 'a file is taken whole or not at all');
  await world.save('b.yaml', ingressManifest('b', { 'b.example': paths('/', 'two') }));
  await untilBody(world, 'b.example', 'two');
  t.is(await world.body('a.example'), 'one');
  await world.save('a.yaml', ingressManifest('a', { 'a.example': paths('/', 'two') }));
  await untilBody(world, 'a.example', 'two');
  t.is(world.process.stderr.match(/^error: /gm)?.length, 1, 'one error is told once');
});

test('a new file is served, and a file that is removed takes its routes along', async t => {
  const world = await startWorld(t, {
    'a.yaml': [ingressManifest('a', { 'a.example': paths('/', 'one') })],
  });
  await world.save('b.json', ingressManifest('b', { 'b.example': paths('/', 'two') }));
  await untilBody(world, 'b.example', 'two');
  await rm(world.file('b.json'));
  await untilBody(world, 'b.example', '404');
  t.is(await world.body('a.example'), 'one');
  await rm(world.file('a.yaml'));
  await untilBody(world, 'a.example', '404');
  await world.process.untilStderr(/^note: there is no Ingress in /m);
});

test('an Ingress that is denied keeps its last good version, and its neighbour in the file is taken', async t => {
  const world = await startWorld(t, {
    'web.yaml': [
      ingressManifest('a', { 'a.example': paths('/', 'one') }),
      ingressManifest('b', { 'b.example': paths('/', 'one') }),
    ],
  });
  await world.save(
    'web.yaml',
    ingressManifest(
      'a',
      { 'a.example': paths('/', 'two') },
      { annotations: { 'sluice.dev/tickets': '[{"headers": {"foo": "bar"}}]' } },
    ),
    ingressManifest('b', { 'b.example': paths('/', 'two') }),
  );
  await world.process.untilStderr(
    /^error: \S*web\.yaml:8: document 1: Ingress default\/a: TicketInvalid .*did you mean "header"\?$/m,
  );
  await untilBody(world, 'b.example', 'two');
  t.is(await world.body('a.example'), 'one');
});

test('S3: a namespace that claims a host of another one is refused by name, and changes no answer', async t => {
  const world = await startWorld(t, {
    'shop.yaml': [ingressManifest('shop', { 'shop.example': paths('/', 'one') })],
  });
  // Its file sorts before the holder's, which would win among files that are read for the first time.
  await world.save(
    'a-thief.yaml',
    ingressManifest(
      'thief',
      { 'shop.example': [...paths('/', 'two'), ...paths('/pay', 'two')], 'thief.example': paths('/', 'two') },
      { namespace: 'other' },
    ),
  );
  const [told = ''] = await world.process.untilStderr(/^error: .*$/m);
  t.regex(
    told,
    /a-thief\.yaml:\d+: document 1: Ingress other\/thief: HostTaken spec\.rules\[0\]\.host "shop\.example"/,
  );
  t.regex(told, /"shop\.example" belongs to namespace "default"/);
  await world.process.untilStdout(/ read /);
  for (const path of ['/', '/pay']) t.is(await world.body('shop.example', path), 'one');
  t.is(await world.body('thief.example'), '404', 'an Ingress is stored whole or not at all');
  // The alias is the other way in.
  await world.save(
    'a-thief.yaml',
    ingressManifest(
      'thief',
      { 'thief.example': paths('/', 'two') },
      { namespace: 'other', annotations: { 'sluice.dev/aliases': 'shop.example' } },
    ),
  );
  await world.process.untilStderr(
    /HostTaken (?!spec\.rules\[0\]).*"shop\.example" belongs to namespace "default"/,
  );
  t.is(await world.body('shop.example'), 'one');
  await world.save(
    'a-thief.yaml',
    ingressManifest('thief', { 'thief.example': paths('/', 'two') }, { namespace: 'other' }),
  );
  await untilBody(world, 'thief.example', 'two');
  t.is(await world.body('shop.example'), 'one');
});

test('a host that its holder gives up is free for the other namespace, in one save as well', async t => {
  const world = await startWorld(t, {
    'a.yaml': [ingressManifest('a', { 'a.example': paths('/', 'one'), 'moves.example': paths('/', 'one') })],
    'b.yaml': [ingressManifest('b', { 'b.example': paths('/', 'two') }, { namespace: 'other' })],
  });
  t.is(await world.body('moves.example'), 'one');
  await world.save(
    'b.yaml',
    ingressManifest('b', { 'moves.example': paths('/', 'two') }, { namespace: 'other' }),
  );
  await world.process.untilStderr(/Ingress other\/b: HostTaken/);
  t.is(await world.body('moves.example'), 'one');
  await world.save('a.yaml', ingressManifest('a', { 'a.example': paths('/', 'one') }));
  await untilBody(world, 'moves.example', 'two');
  t.is(await world.body('a.example'), 'one');
});

test('the folder itself may be replaced', async t => {
  const world = await startWorld(t, {
    'web.yaml': [ingressManifest('web', { 'web.example': paths('/', 'one') })],
  });
  const next = `${world.folder}-next`;
  const last = `${world.folder}-last`;
  t.teardown(() => Promise.all([next, last].map(folder => rm(folder, { recursive: true, force: true }))));
  await mkdir(next);
  await rename(world.file('apps.yaml'), join(next, 'apps.yaml'));
  await writeFile(
    join(next, 'web.yaml'),
    manifestText(ingressManifest('web', { 'web.example': paths('/', 'two') })),
  );
  await rename(world.folder, last);
  await rename(next, world.folder);
  t.is((await untilBody(world, 'web.example', 'two')).status, 200);
});
