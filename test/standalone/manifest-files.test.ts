import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  formatManifestError,
  keepLastGood,
  type ManifestSet,
  manifestErrors,
  parseManifests,
  rankedManifests,
} from '../../src/standalone/manifest-files.ts';
import { readManifests } from '../../src/standalone/manifest-reader.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

const object = (name: string): string => `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\n`;

const folderWith = async (t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<string> => {
  const folder = await tempFolder(t);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
};

const names = (set: ManifestSet): readonly string[] =>
  rankedManifests(set).map(({ value }) => (value.metadata as { name: string }).name);

const errorTexts = (set: ManifestSet, folder: string): readonly string[] =>
  manifestErrors(set).map(error => formatManifestError(error).replaceAll(`${folder}/`, ''));

test('of a folder the yaml, yml and json files are read in order, and nothing else', async t => {
  const folder = await folderWith(t, {
    'b.yaml': object('b'),
    'a.yml': object('a'),
    'c.json': JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'c' } }),
    'd.txt': 'not: read',
    'b.yaml~': object('backup'),
    '#b.yaml#': object('autosave'),
    '#b.yaml': object('hash'),
    '.hidden.yaml': object('hidden'),
    '.b.yaml.swp': 'binary',
  });
  await mkdir(join(folder, 'below.yaml'));
  await mkdir(join(folder, 'sub'));
  await writeFile(join(folder, 'sub', 'x.yaml'), object('below'));
  await symlink(join(folder, 'nowhere'), join(folder, '.#b.yaml'));
  await symlink(join(folder, 'nowhere'), join(folder, 'dangling.yaml'));
  const set = await readManifests([folder]);
  t.deepEqual(names(set), ['a', 'b', 'c']);
  t.deepEqual(manifestErrors(set), []);
});

test('a file is read whatever its name', async t => {
  const folder = await folderWith(t, { '.ingress.txt': object('a') });
  t.deepEqual(names(await readManifests([join(folder, '.ingress.txt')])), ['a']);
});

test('each object keeps its file, document, line and rank', async t => {
  const folder = await folderWith(t, {
    'b.yaml': `# two\n---\n${object('b1')}---\n---\n${object('b2')}`,
    'a.yaml': object('a'),
  });
  const found = rankedManifests(await readManifests([join(folder, 'b.yaml'), join(folder, 'a.yaml')]));
  t.deepEqual(
    found.map(({ origin, rank }) => [
      origin.file.slice(folder.length + 1),
      origin.document,
      origin.line,
      rank.index,
    ]),
    [
      ['a.yaml', 1, 1, 0],
      ['b.yaml', 1, 3, 0],
      ['b.yaml', 3, 8, 1],
    ],
  );
  t.is(found[2]?.lineOf(['metadata', 'name']), 10);
});

test('a file given twice, by itself and by its folder, is read once', async t => {
  const folder = await folderWith(t, { 'a.yaml': object('a') });
  const file = join(folder, 'a.yaml');
  t.deepEqual(names(await readManifests([file, folder, relative(process.cwd(), file)])), ['a']);
});

test('an empty folder and an empty file hold no objects and are no error', async t => {
  const folder = await tempFolder(t);
  t.deepEqual([...(await readManifests([folder])).files], []);
  await writeFile(join(folder, 'a.yaml'), '');
  const set = await readManifests([folder]);
  t.deepEqual(names(set), []);
  t.deepEqual(manifestErrors(set), []);
});

test('a List is flattened, a nested one too, and each item keeps its line', t => {
  const text = `apiVersion: v1
kind: List
items:
  - ${object('a').replaceAll('\n', '\n    ')}
  - apiVersion: v1
    kind: List
    items:
      - {apiVersion: v1, kind: Pod, metadata: {
          name: b}}
  - {apiVersion: v1, kind: List, items: []}
`;
  const file = parseManifests('x.yaml', text);
  t.true(file.ok);
  const found = file.ok ? file.manifests : [];
  t.deepEqual(
    found.map(({ origin, value }) => [origin.line, value.kind]),
    [
      [4, 'Service'],
      [11, 'Pod'],
    ],
  );
  t.is(found[1]?.lineOf(['metadata', 'name']), 12);
});

type Bad = readonly [what: string, text: string, errors: readonly string[]];

const refuses = test.macro({
  exec(t, [, text, errors]: Bad) {
    const file = parseManifests('x.yaml', text);
    t.deepEqual(file.ok ? [] : file.errors.map(formatManifestError), errors.slice());
  },
  title: (_, [what]: Bad) => `refuses ${what}`,
});

test(refuses, [
  'YAML that cannot be read',
  `${object('a')}---\na: [`,
  [
    'x.yaml:5:5: document 2: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
]);
test(refuses, [
  'a document that is text',
  '---\nhello\n',
  [
    'x.yaml:2:1: document 1: a plain value instead of an object: write a map with apiVersion, kind and metadata',
  ],
]);
test(refuses, [
  'a document that is a list',
  '- a',
  ['x.yaml:1:1: document 1: a list instead of an object: write a map with apiVersion, kind and metadata'],
]);
test(refuses, [
  'objects without kind or apiVersion, all at once',
  'a: 1\n---\nkind: 5\napiVersion: v1\n',
  [
    'x.yaml:1:1: document 1: apiVersion and kind of the object is missing or no text: write it',
    'x.yaml:3:1: document 2: kind of the object is missing or no text: write it',
  ],
]);
test(refuses, [
  'a List without items',
  'apiVersion: v1\nkind: List',
  ['x.yaml:1:1: document 1: a List without a list in items: write items: [] or leave it out'],
]);
test(refuses, [
  'a bad item of a List',
  'apiVersion: v1\nkind: List\nitems:\n- 7',
  [
    'x.yaml:4:1: document 1: a plain value instead of an object: write a map with apiVersion, kind and metadata',
  ],
]);

test('one broken file says so and hides no other', async t => {
  const folder = await folderWith(t, { 'a.yaml': object('a'), 'b.yaml': 'b: [', 'c.yaml': object('c') });
  const set = await readManifests([folder]);
  t.deepEqual(names(set), ['a', 'c']);
  t.is(manifestErrors(set)[0]?.file, join(folder, 'b.yaml'));
  t.is(manifestErrors(set).length, 1);
});

test('what is no text file is told in one line each', async t => {
  const folder = await folderWith(t, { 'latin1.yaml': '', 'large.yaml': '', 'ok.yaml': object('ok') });
  await writeFile(join(folder, 'latin1.yaml'), Buffer.from('name: caf\xe9', 'latin1'));
  await truncate(join(folder, 'large.yaml'), 8 * 1024 * 1024 + 1);
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  await symlink(join(folder, 'circle'), join(folder, 'circle'));
  const paths = [folder, 'pipe', 'missing.yaml', 'ok.yaml/x', 'circle'].map(name =>
    name === folder ? folder : join(folder, name),
  );
  const set = await readManifests(paths);
  t.deepEqual(names(set), ['ok']);
  t.deepEqual(errorTexts(set, folder), [
    'circle: its symbolic links lead in a circle',
    'large.yaml: it has 8388609 bytes, more than the 8388608 that are read: split it',
    'latin1.yaml: its bytes are no UTF-8 text: save it as UTF-8',
    'missing.yaml: there is no such file or folder',
    'ok.yaml/x: there is no such file or folder',
    'pipe: it is neither a file nor a folder',
  ]);
});

test('a path with a zero byte is an error, not a bug', async t => {
  const set = await readManifests(['a\0b']);
  t.deepEqual(
    manifestErrors(set).map(({ message }) => message),
    ['a path holds no zero byte'],
  );
});

test('a file that breaks keeps what it last held, in its old place', async t => {
  const folder = await folderWith(t, { 'a.yaml': object('a'), 'b.yaml': object('b'), 'c.yaml': object('c') });
  const before = await readManifests([folder]);
  await writeFile(join(folder, 'a.yaml'), 'a: [');
  await writeFile(join(folder, 'b.yaml'), object('b2'));
  const current = await readManifests([folder]);
  const inForce = keepLastGood(before, current);
  t.deepEqual(names(inForce), ['a', 'b2', 'c']);
  t.deepEqual(manifestErrors(inForce), []);
  t.is(manifestErrors(current).length, 1);
  t.deepEqual(
    names(keepLastGood(inForce, await readManifests([folder]))),
    ['a', 'b2', 'c'],
    'as long as it is broken',
  );
});

test('a file that is deleted from its folder takes its objects along, even if it was broken before', async t => {
  const folder = await folderWith(t, { 'a.yaml': object('a'), 'b.yaml': object('b') });
  const before = await readManifests([folder]);
  await writeFile(join(folder, 'a.yaml'), 'a: [');
  const broken = keepLastGood(before, await readManifests([folder]));
  await rm(join(folder, 'a.yaml'));
  t.deepEqual(names(keepLastGood(broken, await readManifests([folder]))), ['b']);
});

test('a folder that is gone keeps what its files last held', async t => {
  const folder = await tempFolder(t);
  const [given, other] = [join(folder, 'given'), join(folder, 'other.yaml')];
  await mkdir(given);
  await writeFile(join(given, 'a.yaml'), object('a'));
  await writeFile(other, object('other'));
  const before = await readManifests([given, other]);
  await rm(given, { recursive: true });
  const current = await readManifests([given, other]);
  t.deepEqual(errorTexts(current, folder), ['given: there is no such file or folder']);
  t.deepEqual(names(keepLastGood(before, current)), ['a', 'other']);
});

test('a file that is broken from the start adds nothing', async t => {
  const folder = await folderWith(t, { 'a.yaml': 'a: [' });
  t.deepEqual([...keepLastGood({ files: new Map() }, await readManifests([folder])).files], []);
});
