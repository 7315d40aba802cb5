import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { BenchWorld } from './bench-world.ts';
import { programVersion } from './contenders/program-version.ts';
import { build } from './contenders/sluice-command.ts';
import { CONTENDERS } from './contenders.ts';
import { type Flags, HELP, parseFlags } from './flags.ts';
import { install } from './install.ts';
import type { Contender } from './job.ts';
import { reportMarkdown, scenarioMarkdown } from './markdown.ts';
import { countsInstructions } from './measure/instructions.ts';
import { runScenario } from './run-scenario.ts';
import type { Report, ScenarioResult } from './samples.ts';
import { SCENARIOS } from './scenarios.ts';

const EXIT = { fine: 0, no: 1, usage: 2 } as const;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const complain = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

type Tools = {
  readonly contenders: readonly Contender[];
  readonly versions: Record<string, string>;
  readonly absent: Record<string, string>;
};

/** Contenders that are installed; the others by name. */
const findTools = async (names: readonly string[]): Promise<Tools> => {
  const contenders: Contender[] = [];
  const versions: Record<string, string> = {};
  const absent: Record<string, string> = {};
  for (const contender of CONTENDERS.filter(({ name }) => names.includes(name))) {
    const version = await contender.version();
    if (version === undefined) absent[contender.name] = 'not installed; npm run bench -- --install';
    else {
      versions[contender.name] = version;
      contenders.push(contender);
    }
  }
  return { contenders, versions, absent };
};

const machine = async (): Promise<Readonly<Record<string, string>>> => {
  const system = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return {
    machine: `${availableParallelism()} cores, ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${/PRETTY_NAME="(.*)"/.exec(system)?.[1] ?? 'Linux'}, kernel ${release()}`,
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
  };
};

/** What makes a run impossible; empty where nothing does. */
const obstacles = async (): Promise<readonly string[]> => {
  const found: string[] = [];
  if (process.platform !== 'linux') found.push('CPU time is read from /proc: the bench runs on Linux only');
  if (availableParallelism() < 2)
    found.push('proxy and load generator need a core each; this machine has one');
  for (const [program, flag, pattern] of [
    ['wrk', '-v', /(wrk )/],
    ['/usr/sbin/nginx', '-v', /(nginx)/],
    ['taskset', '--version', /(taskset)/],
  ] as const)
    if ((await programVersion(program, flag, pattern)) === undefined)
      found.push(`${program} is not installed, and no scenario works without it; npm run bench -- --install`);
  return found;
};

const list = (): void => {
  print('Scenarios:');
  for (const { name, about } of SCENARIOS) print(`  ${name.padEnd(20)} ${about}`);
  print('Contenders:');
  for (const { name, about } of CONTENDERS) print(`  ${name.padEnd(20)} ${about}`);
};

const run = async (flags: Flags): Promise<number> => {
  const found = await obstacles();
  for (const line of found) complain(`bench: ${line}`);
  if (found.length > 0) return EXIT.no;
  const { contenders, versions, absent } = await findTools(flags.contenders);
  for (const [name, why] of Object.entries(absent)) print(`${name}: absent (${why})`);
  if ('ours' in versions) await build();
  const withInstructions = countsInstructions();
  const world = await BenchWorld.start();
  let isStopping = false;
  const stop = (): void => {
    if (!isStopping) complain('bench: stopping; every process that was started is ended');
    isStopping = true;
    void world.children.stopAll();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const results: ScenarioResult[] = [];
  let failures = 0;
  try {
    for (const scenario of SCENARIOS.filter(({ name }) => flags.scenarios.includes(name))) {
      if (isStopping) break;
      try {
        const options = { ...flags, contenders, withInstructions, print, isStopping: () => isStopping };
        const result = await runScenario(world, scenario, options);
        results.push(result);
        print(`\n${scenarioMarkdown(result)}`);
      } catch (error) {
        if (isStopping) break;
        failures += 1;
        complain(`bench: ${scenario.name} failed: ${error instanceof Error ? error.message : error}`);
      }
    }
  } finally {
    await world.stop();
  }
  const report: Report = {
    machine: await machine(),
    versions,
    absent,
    instructions: withInstructions
      ? 'Instructions are those of `perf stat`.'
      : 'Instructions per request are not given: `perf stat -e instructions` counts none on this machine.',
    rounds: flags.rounds,
    secondsPerRound: flags.seconds,
    results,
  };
  if (flags.json !== null) await writeFile(flags.json, `${JSON.stringify(report, null, 1)}\n`);
  if (flags.markdown !== null) await writeFile(flags.markdown, reportMarkdown(report));
  if (results.length > 1) print(reportMarkdown(report));
  return isStopping || failures > 0 ? EXIT.no : EXIT.fine;
};

const command = parseFlags(process.argv.slice(2), {
  scenarios: SCENARIOS.map(({ name }) => name),
  contenders: CONTENDERS.map(({ name }) => name),
});
switch (command.kind) {
  case 'help':
    print(HELP);
    break;
  case 'list':
    list();
    break;
  case 'install':
    process.exitCode = (await install(print)) ? EXIT.fine : EXIT.no;
    break;
  case 'wrong':
    complain(`${command.message}\n(run with --help for what there is)`);
    process.exitCode = EXIT.usage;
    break;
  default:
    process.exitCode = await run(command.flags);
}
