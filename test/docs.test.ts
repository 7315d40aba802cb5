// The examples in the documents run. CONTRIBUTING.md, "Documents", says what a block means.
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import test from 'ava';
import { parse } from 'yaml';
import { parseServiceConfig } from '../src/core/service-config.ts';
import { parseTickets } from '../src/core/ticket/ticket-grammar.ts';
import { judged } from './helpers/documented-ingress.ts';
import { DOCUMENTS, markdownIn, ROOT, read } from './helpers/documents.ts';
import { type ExampleSession, exampleSession } from './helpers/example-session.ts';
import { anchorOf, type FencedBlock, fencedBlocks, relativeLinks, sectionsOf } from './helpers/markdown.ts';
import { isShownBy, runSluice, shellSteps, shellWords } from './helpers/shell-example.ts';

const blocksOf = (name: string, kind: string): readonly FencedBlock[] =>
  fencedBlocks(read(name)).filter(block => block.kind === kind);

const allBlocks = (kind: string): readonly (FencedBlock & { readonly place: string })[] =>
  DOCUMENTS.flatMap(name =>
    blocksOf(name, kind).map(block => ({ ...block, place: `${name}:${block.line}` })),
  );

const BASE = blocksOf('docs/admission.md', 'base')[0]?.text ?? '';

type Runner = { readonly session: ExampleSession; code: number };

const outputOf = async (runner: Runner, command: string): Promise<string> => {
  if (command === 'echo $?') return `${runner.code}\n`;
  const [program, ...args] = shellWords(command);
  if (program === 'sluice') {
    const { output, code } = await runSluice(args);
    runner.code = code;
    return output;
  }
  const output = await runner.session.run(command);
  if (output !== undefined) return output;
  throw new Error(`nobody knows how to run ${command}`);
};

const runs = test.macro({
  async exec(t, name: string) {
    const runner: Runner = { session: exampleSession(t), code: 0 };
    for (const block of blocksOf(name, 'example')) {
      for (const { command, expected } of shellSteps(block.text)) {
        const output = await outputOf(runner, command);
        // Compared as text where it fails: a pattern says nothing about where it does.
        if (isShownBy(expected, output)) t.pass();
        else t.is(output, expected.join('\n'), `${name}:${block.line}: $ ${command}`);
      }
    }
  },
  title: (_, name) => `the examples in ${name} print what stands there`,
});

for (const name of DOCUMENTS.filter(name => blocksOf(name, 'example').length > 0)) test(runs, name);

test('the documents hold examples of every kind', t => {
  for (const kind of ['example', 'tickets', 'service-config', 'ingress', 'denied', 'warned'])
    t.true(allBlocks(kind).length > 0, kind);
});

test('tickets in the documents are tickets', t => {
  for (const { place, text } of allBlocks('tickets'))
    t.deepEqual(parseTickets(parse(text), 'tickets').problems, [], place);
});

test('service-configs in the documents are service-configs', t => {
  for (const { place, text } of allBlocks('service-config')) {
    const config = parseServiceConfig(text, 'service-config');
    t.true(config.ok, place);
    if (config.ok) t.deepEqual(parseTickets(config.value.sections.tickets, 'tickets').problems, [], place);
  }
});

test('annotations in the documents are admitted without a warning', t => {
  for (const { place, text } of allBlocks('ingress'))
    t.deepEqual(judged(BASE, text), { denials: [], warnings: [] }, place);
});

test('denied and warned examples get the very lines that follow them', t => {
  const blocks = fencedBlocks(read('docs/admission.md'));
  for (const [at, { kind, text, line }] of blocks.entries()) {
    if (kind !== 'denied' && kind !== 'warned') continue;
    const { denials, warnings } = judged(BASE, text);
    t.deepEqual(
      kind === 'denied' ? denials : warnings,
      blocks[at + 1]?.text.split('\n'),
      `docs/admission.md:${line}`,
    );
    if (kind === 'warned') t.deepEqual(denials, [], `docs/admission.md:${line}`);
  }
});

test('links in the documents lead somewhere', t => {
  for (const name of DOCUMENTS) {
    for (const link of relativeLinks(read(name))) {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? name : relative(ROOT, join(ROOT, dirname(name), file));
      t.true(existsSync(join(ROOT, target)), `${name}: ${link}`);
      if (anchor !== undefined)
        t.true(
          sectionsOf(read(target)).some(({ title }) => anchorOf(title) === anchor),
          `${name}: ${link}`,
        );
    }
  }
});

test('decisions are numbered, no number twice, and each has its four parts', t => {
  const names = markdownIn('docs/adr', false)
    .map(name => name.slice('docs/adr/'.length))
    .sort();
  t.is(new Set(names.map(name => name.slice(0, 4))).size, names.length);
  for (const name of names) {
    t.regex(name, /^\d{4}-[a-z0-9-]+\.md$/);
    const titles = sectionsOf(read(`docs/adr/${name}`))
      .filter(({ level }) => level === 2)
      .map(({ title }) => title);
    t.deepEqual(titles, ['Context', 'Decision', 'Alternatives rejected', 'Consequences'], name);
  }
});
