import { appendFile, mkdir, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type WatchOptions, watchManifests } from '../../src/standalone/manifest-watcher.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

type Changes = {
  /** Resolves with the next change, or at once with one that nobody has asked for yet. */
  next(): Promise<void>;
  /** How many changes nobody has asked for. */
  pending(): number;
};

const watching = async (t: ExecutionContext, options: Omit<WatchOptions, 'onChange'>): Promise<Changes> => {
  let pending = 0;
  let wake = (): void => {};
  const onChange = (): void => {
    pending += 1;
    wake();
  };
  const watcher = await watchManifests({ ...options, onChange });
  t.teardown(() => watcher.close());
  return {
    pending: () => pending,
    async next() {
      if (pending === 0) await new Promise<void>(resolve => (wake = resolve));
      pending -= 1;
    },
  };
};

/** Each sense has to do alone: a poll that never comes, or a watch that never says anything. */
const SENSES = {
  'by fs.watch': { pollMs: 3_600_000, settleMs: 5 },
  'by looking at times': { pollMs: 10, settleMs: 5, watchFolder: () => ({ close: () => {} }) },
} satisfies Record<string, Omit<WatchOptions, 'paths' | 'onChange'>>;

type Scene = {
  /** Given paths, from the test's folder. */
  readonly paths: readonly string[];
  /** Files that are there before. */
  readonly files?: readonly string[];
  /** Each of these is one change. */
  readonly steps: readonly ((folder: string) => Promise<unknown>)[];
};

const SCENES: Readonly<Record<string, Scene>> = {
  'a saved file': { paths: ['.'], files: ['a.yaml'], steps: [f => writeFile(join(f, 'a.yaml'), 'changed')] },
  'a file given by itself': {
    paths: ['a.yaml'],
    files: ['a.yaml'],
    steps: [f => writeFile(join(f, 'a.yaml'), 'changed')],
  },
  'a save by rename, twice': {
    paths: ['a.yaml'],
    files: ['a.yaml'],
    steps: ['one', 'two'].map(text => async (f: string) => {
      await writeFile(join(f, 'a.yaml.tmp'), text);
      await rename(join(f, 'a.yaml.tmp'), join(f, 'a.yaml'));
    }),
  },
  'a new file': { paths: ['.'], steps: [f => writeFile(join(f, 'new.json'), '{}')] },
  'a deleted file': { paths: ['.'], files: ['a.yaml'], steps: [f => rm(join(f, 'a.yaml'))] },
  'a given file that is not there yet': { paths: ['a.yaml'], steps: [f => writeFile(join(f, 'a.yaml'), '')] },
  'a save that keeps size and time': {
    paths: ['.'],
    files: ['a.yaml'],
    steps: [
      async f => {
        const { atime, mtime } = await stat(join(f, 'a.yaml'));
        await writeFile(join(f, 'a.yaml'), 'OLD');
        await utimes(join(f, 'a.yaml'), atime, mtime);
      },
    ],
  },
  'a swapped symbolic link, as a mounted ConfigMap does it': {
    paths: ['.'],
    steps: [
      async f => {
        await mkdir(join(f, '..one'));
        await writeFile(join(f, '..one', 'a.yaml'), 'one');
        await symlink('..one', join(f, '..data'));
        await symlink('..data/a.yaml', join(f, 'a.yaml'));
      },
      async f => {
        await mkdir(join(f, '..two'));
        await writeFile(join(f, '..two', 'a.yaml'), 'two');
        await symlink('..two', join(f, '..data_tmp'));
        await rename(join(f, '..data_tmp'), join(f, '..data'));
      },
    ],
  },
  'a folder that is removed, made again and then written to': {
    paths: ['sub'],
    files: ['sub/a.yaml'],
    steps: [
      f => rm(join(f, 'sub'), { recursive: true }),
      f => mkdir(join(f, 'sub')),
      f => writeFile(join(f, 'sub', 'a.yaml'), 'again'),
      f => appendFile(join(f, 'sub', 'a.yaml'), 'more'),
    ],
  },
};

const notices = test.macro({
  async exec(t, scene: Scene, sense: keyof typeof SENSES) {
    const folder = await tempFolder(t);
    for (const file of scene.files ?? []) {
      await mkdir(join(folder, file, '..'), { recursive: true });
      await writeFile(join(folder, file), 'old');
    }
    const paths = scene.paths.map(path => join(folder, path));
    const changes = await watching(t, { paths, ...SENSES[sense] });
    for (const step of scene.steps) {
      while (changes.pending() > 0) await changes.next();
      await step(folder);
      await changes.next();
    }
    t.pass();
  },
  title: (name = '', _scene, sense) => `${name} is noticed ${sense}`,
});

for (const [name, scene] of Object.entries(SCENES)) {
  for (const sense of Object.keys(SENSES) as (keyof typeof SENSES)[]) test(name, notices, scene, sense);
}

/** A watch whose events the test makes itself, on a folder in which nothing changes. */
const eventful = async (
  t: ExecutionContext,
  settleMs: number,
): Promise<Changes & { emit(name: string): void }> => {
  const folder = await tempFolder(t);
  let emit = (_name: string | null): void => {};
  const watchFolder: WatchOptions['watchFolder'] = (_, onEvent) => {
    emit = onEvent;
    return { close: () => {} };
  };
  const changes = await watching(t, { paths: [folder], pollMs: 3_600_000, settleMs, watchFolder });
  return { ...changes, emit: name => emit(name) };
};

test('a burst of events is one change', async t => {
  const { emit, next, pending } = await eventful(t, 10);
  for (let times = 0; times < 20; times += 1) emit('a.yaml');
  await next();
  t.is(pending(), 0);
  emit('b.yaml');
  await next();
  t.is(pending(), 0);
});

test('events that never pause are told all the same', async t => {
  const { emit, pending } = await eventful(t, 20);
  while (pending() === 0) {
    emit('a.yaml');
    await new Promise(resolve => setImmediate(resolve));
  }
  t.is(pending(), 1);
});

test('an event of a file that is no manifest is nothing to tell', async t => {
  const { emit, next, pending } = await eventful(t, 1);
  for (const name of ['a.txt', '.a.yaml.swp', 'a.yaml~', '#a.yaml#', '..data']) emit(name);
  // Timers of one length fire in their order, and reports are made in turn: these come first.
  await new Promise(resolve => setTimeout(resolve, 1));
  emit('a.yaml');
  await next();
  t.is(pending(), 0);
});

test('once closed it tells nothing and holds nothing', async t => {
  const folder = await tempFolder(t);
  let open = 0;
  const watchFolder: NonNullable<WatchOptions['watchFolder']> = (_, onEvent) => {
    open += 1;
    return {
      close: () => {
        open -= 1;
        // Some systems deliver what was under way.
        onEvent('a.yaml');
      },
    };
  };
  let told = 0;
  const watcher = await watchManifests({
    paths: [folder],
    settleMs: 0,
    watchFolder,
    onChange: () => (told += 1),
  });
  t.is(open, 1);
  watcher.close();
  watcher.close();
  t.is(open, 0);
  await new Promise(resolve => setImmediate(resolve));
  t.is(told, 0);
});
