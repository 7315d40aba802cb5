import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { parse, stringify } from 'yaml';
import { goldenOutput as admissionOutput } from './helpers/golden-admission.ts';
import { goldenOutput as controllerOutput } from './helpers/golden-controller.ts';
import { type GoldenFile, goldenFiles, orphanedOutputs, readDocuments } from './helpers/golden-files.ts';
import { goldenOutput as planOutput } from './helpers/golden-plan.ts';

// `npm run golden` rewrites the outputs; a change of behaviour is then read as a diff.
const REWRITE = process.env.GOLDEN === 'rewrite';

/** What the inputs of `test/golden/<stage>/` go through. */
const STAGES: Readonly<Record<string, (documents: readonly unknown[]) => unknown>> = {
  admission: admissionOutput,
  controller: controllerOutput,
  plan: planOutput,
};

/**
 * Anchors would hide what is written where, and folded lines would make a diff of one word a diff of five lines.
 * As YAML 1.1, so that "off" and "yes" stand in quotes, as people have to write them.
 */
const printed = (output: unknown): string =>
  stringify(JSON.parse(JSON.stringify(output)), {
    version: '1.1',
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });

const golden = test.macro({
  exec(t, file: GoldenFile) {
    const outputOf = STAGES[file.stage];
    if (outputOf === undefined) throw new Error(`name the stage ${file.stage} in test/golden.test.ts`);
    const output = printed(outputOf(readDocuments(file.inputPath)));
    if (REWRITE) {
      writeFileSync(file.outputPath, output);
      t.pass();
      return;
    }
    t.true(existsSync(file.outputPath), `no ${file.outputPath}; npm run golden writes it`);
    const expected = readFileSync(file.outputPath, 'utf8');
    t.deepEqual(parse(output), parse(expected));
    t.is(output, expected);
  },
  title: (_, file: GoldenFile) => `golden ${file.stage}/${file.name}`,
});

for (const file of goldenFiles()) test(golden, file);

test('every golden output belongs to an input', t => {
  t.deepEqual(orphanedOutputs(), []);
});
