import { execFile } from 'node:child_process';
import { CHECKOUT, environment, SLUICE_MAIN } from './run-sluice.ts';

/** One command of a `sh example` block, and what the document says that it prints. */
export type ShellStep = { readonly command: string; readonly expected: readonly string[] };

export const shellSteps = (text: string): readonly ShellStep[] => {
  const steps: { command: string; expected: string[] }[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), expected: [] });
    else if (steps.length === 0) throw new Error(`an example begins with "$ ", not with ${line}`);
    else steps.at(-1)?.expected.push(line);
  }
  return steps;
};

/** Words as a shell splits them, as far as examples need it: blanks, '…' and "…". */
export const shellWords = (command: string): readonly string[] =>
  [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'),
  );

export type Finished = { readonly output: string; readonly code: number };

/** `sluice ARGS` in the folder of the repository; stderr first, since a person reads warnings before the result. */
export const runSluice = (args: readonly string[]): Promise<Finished> =>
  new Promise(resolve => {
    const options = { cwd: CHECKOUT, env: environment() };
    execFile(process.execPath, [SLUICE_MAIN, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ output: stderr + stdout, code });
    });
  });

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** `…` stands for any text, alone in a line for any lines. */
const patternOf = (expected: readonly string[]): RegExp =>
  new RegExp(
    `^${expected
      .map(line => (line === '…' ? '(?:.*\\n)*?' : `${line.split('…').map(escaped).join('.*')}\\n`))
      .join('')}$`,
  );

/** What differs from run to run and is written out in the documents all the same. */
const withoutChance = (text: string): string =>
  text
    .replace(/request id: [0-9a-f]{32}/g, 'request id: …')
    .replace(/\(pod (cart|db|hello)-[12]\)/g, '(pod $1-…)');

/** True if the document says what was printed. */
export const isShownBy = (expected: readonly string[], output: string): boolean =>
  patternOf(expected).test(output) ||
  patternOf(expected.map(withoutChance)).test(output.endsWith('\n') ? output : `${output}\n`);
