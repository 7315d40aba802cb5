import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { STANDALONE_OPTIONS } from '../../src/admission/admission-options.ts';
import { FollowedFiles } from '../../src/cli/followed-files.ts';
import { ingressManifest, manifestText } from '../helpers/manifest-text.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

type Followed = {
  readonly files: FollowedFiles;
  readonly save: (text: string) => Promise<void>;
  readonly printed: string[];
  readonly complaints: string[];
  /** The next line that is printed ends in a bug. */
  breakNext(): void;
};

const followed = async (t: ExecutionContext): Promise<Followed> => {
  const folder = await tempFolder(t);
  const file = join(folder, 'a.yaml');
  const printed: string[] = [];
  const complaints: string[] = [];
  let isBroken = false;
  const files = new FollowedFiles(
    {
      filename: [folder],
      annotation: STANDALONE_OPTIONS.annotation,
      rewrite: 'on',
      hostOwnership: 'claims',
    },
    { apply: () => undefined, applied: () => Promise.resolve() },
    {
      print: line => {
        if (isBroken) {
          isBroken = false;
          throw new TypeError('nobody expected this');
        }
        printed.push(line.replace(/^\S+ /, '').replaceAll(folder, 'FOLDER'));
      },
      complain: line => complaints.push(line.replaceAll(folder, 'FOLDER')),
    },
  );
  t.teardown(() => files.close());
  return {
    files,
    save: text => writeFile(file, text),
    printed,
    complaints,
    breakNext: () => {
      isBroken = true;
    },
  };
};

const web = (host: string): string =>
  manifestText(ingressManifest('web', { [host]: [{ path: '/', service: 'web' }] }));

const hostsOf = ({ primary }: FollowedFiles): readonly string[] => primary.plan.hosts.map(({ host }) => host);

test('what is wrong at the start is told, and nothing is taken over', async t => {
  const { files, save, complaints } = await followed(t);
  await save('kind: [');
  t.false(await files.readFirst());
  t.is(complaints.length, 1);
  t.regex(complaints[0] ?? '', /^error: FOLDER\/a\.yaml:1:/);
  t.deepEqual(hostsOf(files), []);
});

test('a remark is told once, and again only after it had gone', async t => {
  const { files, save, printed, complaints } = await followed(t);
  await save(web('a.com'));
  t.true(await files.readFirst());
  const atStart = complaints.length;
  await save('kind: [');
  for (let times = 0; times < 3; times += 1) await files.readAgain();
  t.is(complaints.length, atStart + 1);
  await save(web('b.com'));
  await files.readAgain();
  t.is(complaints.length, atStart + 1);
  await save('kind: [');
  await files.readAgain();
  t.is(complaints.length, atStart + 2);
  t.deepEqual(printed, [
    ...Array(3).fill('read FOLDER: 1 host, 1 route; what was in force in place of the errors above still is'),
    'read FOLDER: 1 host, 1 route',
    'read FOLDER: 1 host, 1 route; what was in force in place of the errors above still is',
  ]);
  t.deepEqual(hostsOf(files), ['b.com']);
});

test('changes during a reading make one more of it', async t => {
  const { files, save, printed } = await followed(t);
  await save(web('a.com'));
  await files.readFirst();
  const first = files.readAgain();
  await Promise.all([files.readAgain(), files.readAgain(), files.readAgain()]);
  await first;
  t.is(printed.length, 2);
});

test('a bug in one reading is told, and the next reading happens', async t => {
  const { files, save, breakNext, complaints } = await followed(t);
  await save(web('a.com'));
  await files.readFirst();
  breakNext();
  await files.readAgain();
  t.is(
    complaints.at(-1),
    'sluice: internal error: nobody expected this. Please report it; SLUICE_DEBUG=1 prints the stack.',
  );
  await save(web('b.com'));
  await files.readAgain();
  t.deepEqual(hostsOf(files), ['b.com']);
});
