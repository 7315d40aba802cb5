import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import type { ImportFact, SourceFacts, UseFact } from './source-facts.ts';

/** What a folder may import (DESIGN 9): other folders by prefix, packages and `node:` modules by name. */
type Layer = {
  readonly folder: string;
  readonly local: readonly string[];
  /** `*`: any package that package.json lists as a production dependency. */
  readonly packages: readonly string[];
  /** `*`: any module of Node. */
  readonly node: readonly string[];
};

/** The longest prefix decides; entry points may use everything below them. */
const LAYERS: readonly Layer[] = [
  {
    folder: 'src/core',
    local: ['src/core'],
    packages: ['re2js', 'yaml'],
    node: ['node:crypto', 'node:url', 'node:net'],
  },
  {
    folder: 'src/admission',
    local: ['src/admission', 'src/core'],
    packages: ['jsonpatch'],
    node: [],
  },
  {
    folder: 'src/admission/server',
    local: ['src/admission', 'src/core'],
    packages: ['express'],
    node: ['*'],
  },
  {
    folder: 'src/controller',
    local: ['src/controller', 'src/kube', 'certs', 'src/core'],
    packages: ['pino'],
    node: ['*'],
  },
  { folder: 'src/kube', local: ['src/kube', 'src/core'], packages: ['@kubernetes/client-node'], node: ['*'] },
  {
    folder: 'src/standalone',
    local: ['src/standalone', 'src/admission', 'src/core'],
    packages: ['yaml', 'jsonpatch'],
    node: ['*'],
  },
  { folder: 'src/dashboard', local: ['src/dashboard', 'src/kube', 'src/core'], packages: ['*'], node: ['*'] },
  {
    folder: 'src/admin',
    local: ['src/admin', 'src/core'],
    packages: ['express', 'prom-client'],
    node: ['*'],
  },
  { folder: 'src/cli', local: ['src', 'router', 'certs'], packages: ['*'], node: ['*'] },
  // bcryptjs: Node's own crypto does not know bcrypt (ADR 0015). A rule of its own keeps it to one file.
  { folder: 'router', local: ['router', 'src/core'], packages: ['bcryptjs'], node: ['*'] },
  // Bytes in, calls out: no sockets, timers or clocks, so that its tests need none (ADR 0023).
  { folder: 'router/http2', local: ['router/http2', 'router/http1'], packages: [], node: [] },
  { folder: 'certs', local: ['certs', 'src/core'], packages: ['node-forge'], node: ['*'] },
  { folder: 'examples', local: ['examples', 'certs'], packages: ['yaml'], node: ['*'] },
  // What a pod runs comes from a ConfigMap, which has neither packages nor folders.
  { folder: 'examples/pods', local: ['examples/pods'], packages: [], node: ['*'] },
];

/** What the core may take of Node: computations, none of which looks at the machine or draws lots. */
const PURE_NODE: Readonly<Record<string, readonly string[]>> = {
  // Reading a certificate or a key is parsing: what comes of it hangs on its bytes alone.
  'node:crypto': [
    'createHash',
    'createHmac',
    'createPrivateKey',
    'hash',
    'KeyObject',
    'timingSafeEqual',
    'X509Certificate',
  ],
  'node:url': ['domainToASCII', 'domainToUnicode', 'URL', 'URLSearchParams'],
  'node:net': ['isIP', 'isIPv4', 'isIPv6', 'BlockList', 'SocketAddress'],
};

/** Globals that look at a clock, the machine or chance, or act on them. */
const IMPURE: ReadonlySet<string> = new Set([
  'console',
  'crypto',
  'fetch',
  'global',
  'globalThis',
  'performance',
  'process',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
]);

const PURE_DATE: ReadonlySet<string> = new Set(['Date.parse', 'Date.UTC', 'new Date(…)']);

const MAX_LINES = 300;
const DRAWER = /(?:^|[-/])(?:utils?|helpers?|managers?)(?:[-./]|$)/;
const DRAWER_NAME = /(?:Utils?|Helpers?|Managers?)$/;

const isIn = (path: string, folder: string): boolean => path.startsWith(`${folder}/`);
const isProduct = ({ path }: SourceFacts): boolean => ['src', 'router', 'certs'].some(top => isIn(path, top));

const isNodeModule = (specifier: string): boolean =>
  specifier.startsWith('node:') || builtinModules.includes(specifier);

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** The path from the root that a relative specifier names; null for packages and modules of Node. */
const localTarget = (path: string, specifier: string): string | null =>
  /^[./]/.test(specifier) ? posix.join(posix.dirname(path), specifier) : null;

type Context = {
  readonly facts: readonly SourceFacts[];
  /** Names of the production dependencies in package.json. */
  readonly dependencies: readonly string[];
};

const eachImport = (
  facts: readonly SourceFacts[],
  judge: (file: SourceFacts, found: ImportFact & { readonly specifier: string }) => string | null,
): readonly string[] =>
  facts.flatMap(file =>
    file.imports.flatMap(found => {
      const { specifier, line } = found;
      const fault = specifier === null ? null : judge(file, { ...found, specifier });
      return fault === null ? [] : [`${file.path}:${line} ${fault}`];
    }),
  );

const eachUse = (
  facts: readonly SourceFacts[],
  pick: (file: SourceFacts) => readonly UseFact[],
  isFault: (what: string) => boolean,
): readonly string[] =>
  facts.flatMap(file =>
    pick(file).flatMap(({ what, line }) => (isFault(what) ? [`${file.path}:${line} ${what}`] : [])),
  );

const directionFault =
  (layer: Layer) =>
  ({ path }: SourceFacts, { specifier }: { readonly specifier: string }): string | null => {
    const target = localTarget(path, specifier);
    const allowed = (names: readonly string[], name: string): boolean =>
      names.includes('*') || names.includes(name);
    const isAllowed =
      target !== null
        ? layer.local.some(folder => isIn(target, folder))
        : isNodeModule(specifier)
          ? allowed(layer.node, specifier)
          : allowed(layer.packages, packageOf(specifier));
    return isAllowed ? null : `imports ${specifier}`;
  };

/** Strongly connected components of more than one file, or of one that imports itself (Tarjan, 1972). */
const cyclesIn = (facts: readonly SourceFacts[]): readonly (readonly string[])[] => {
  const targets = new Map(
    facts.map(({ path, imports }) => [
      path,
      imports.flatMap(({ specifier }) => localTarget(path, specifier ?? '') ?? []),
    ]),
  );
  const order = new Map<string, { index: number; low: number; onStack: boolean }>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const visit = (path: string): { index: number; low: number; onStack: boolean } => {
    const node = { index: order.size, low: order.size, onStack: true };
    order.set(path, node);
    stack.push(path);
    for (const next of targets.get(path) ?? []) {
      if (!targets.has(next)) continue;
      const seen = order.get(next);
      if (seen === undefined) node.low = Math.min(node.low, visit(next).low);
      else if (seen.onStack) node.low = Math.min(node.low, seen.index);
    }
    if (node.low === node.index) {
      const component = stack.splice(stack.indexOf(path));
      for (const member of component) Object.assign(order.get(member) ?? {}, { onStack: false });
      if (component.length > 1 || targets.get(path)?.includes(path)) cycles.push(component.sort());
    }
    return node;
  };
  for (const path of targets.keys()) if (!order.has(path)) visit(path);
  return cycles;
};

export type ArchitectureRule = {
  /** A sentence that is true of a tree that keeps the rule. */
  readonly title: string;
  /** Everything that breaks it, with file and line where there is one. */
  readonly offenders: (context: Context) => readonly string[];
};

const layerOf = (path: string): Layer | undefined =>
  LAYERS.filter(({ folder }) => isIn(path, folder)).sort((a, b) => b.folder.length - a.folder.length)[0];

const directionRules: readonly ArchitectureRule[] = LAYERS.map(layer => ({
  title: `${layer.folder} imports only what lies below it`,
  offenders: ({ facts }) =>
    eachImport(
      facts.filter(({ path }) => layerOf(path) === layer),
      directionFault(layer),
    ),
}));

/** The import directions and habits of DESIGN 9 and CONTRIBUTING, each on its own. */
export const ARCHITECTURE_RULES: readonly ArchitectureRule[] = [
  ...directionRules,
  {
    title: 'every product file lies in a folder that has a place in the order',
    offenders: ({ facts }) =>
      facts
        .filter(file => isProduct(file) && !LAYERS.some(({ folder }) => isIn(file.path, folder)))
        .map(f => f.path),
  },
  {
    title: 'nobody but src/cli and tests imports src/cli',
    offenders: ({ facts }) =>
      eachImport(
        facts.filter(({ path }) => !isIn(path, 'src/cli') && !isIn(path, 'test')),
        ({ path }, { specifier }) =>
          isIn(localTarget(path, specifier) ?? '', 'src/cli') ? `imports ${specifier}` : null,
      ),
  },
  {
    title: 'nobody in src/admission but its server imports the server',
    offenders: ({ facts }) =>
      eachImport(
        facts.filter(({ path }) => isIn(path, 'src/admission') && !isIn(path, 'src/admission/server')),
        ({ path }, { specifier }) =>
          isIn(localTarget(path, specifier) ?? '', 'src/admission/server') ? `imports ${specifier}` : null,
      ),
  },
  {
    title: 'only src/kube and tests import @kubernetes/client-node',
    offenders: ({ facts }) =>
      eachImport(
        facts.filter(({ path }) => !isIn(path, 'src/kube') && !isIn(path, 'test')),
        (_, { specifier }) =>
          packageOf(specifier) === '@kubernetes/client-node' ? `imports ${specifier}` : null,
      ),
  },
  {
    title: 'only router/policies/bcrypt-hash.ts and tests import bcryptjs',
    offenders: ({ facts }) =>
      eachImport(
        facts.filter(({ path }) => path !== 'router/policies/bcrypt-hash.ts' && !isIn(path, 'test')),
        (_, { specifier }) => (packageOf(specifier) === 'bcryptjs' ? `imports ${specifier}` : null),
      ),
  },
  {
    title: 'the product imports only packages that are production dependencies',
    offenders: ({ facts, dependencies }) =>
      eachImport(facts.filter(isProduct), ({ path }, { specifier }) =>
        localTarget(path, specifier) !== null ||
        isNodeModule(specifier) ||
        dependencies.includes(packageOf(specifier))
          ? null
          : `imports ${specifier}`,
      ),
  },
  {
    title: 'no file takes part in an import cycle, types included',
    offenders: ({ facts }) =>
      cyclesIn(facts)
        .map(cycle => cycle.join(' <-> '))
        .sort(),
  },
  {
    title: 'every import names a literal',
    offenders: ({ facts }) =>
      facts.flatMap(({ path, imports }) =>
        imports.filter(({ specifier }) => specifier === null).map(({ line }) => `${path}:${line}`),
      ),
  },
  {
    title: 'src/core takes only pure computations of Node',
    offenders: ({ facts }) =>
      eachImport(
        facts.filter(({ path }) => isIn(path, 'src/core')),
        (_, { specifier, names }) => {
          const pure = PURE_NODE[specifier];
          const impure = pure === undefined ? [] : names.filter(name => !pure.includes(name));
          return impure.length === 0 ? null : `imports ${impure.join(', ')} of ${specifier}`;
        },
      ),
  },
  {
    title: 'src/core uses no clock, chance, environment, logger or timer',
    offenders: ({ facts }) =>
      eachUse(
        facts.filter(({ path }) => isIn(path, 'src/core')),
        ({ uses }) => uses,
        what =>
          IMPURE.has(what.split('.')[0] ?? '') ||
          what === 'Math.random' ||
          (/\bDate\b/.test(what) && !PURE_DATE.has(what)),
      ),
  },
  {
    title: `no product file has more than ${MAX_LINES} lines`,
    offenders: ({ facts }) =>
      facts
        .filter(file => isProduct(file) && file.lineCount > MAX_LINES)
        .map(({ path, lineCount }) => `${path} has ${lineCount}`),
  },
  {
    title: 'no file, folder or declaration is a drawer: utils, helpers, manager',
    offenders: ({ facts }) => {
      const files = facts.filter(({ path }) => !isIn(path, 'test'));
      const paths = files.map(({ path }) => path).filter(path => DRAWER.test(path));
      return [
        ...paths,
        ...eachUse(
          files,
          ({ declares }) => declares,
          what => DRAWER_NAME.test(what),
        ),
      ];
    },
  },
];
