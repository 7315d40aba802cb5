import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { ARCHITECTURE_RULES } from './helpers/architecture-rules.ts';
import { type SourceTree, sourceFacts } from './helpers/source-facts.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(`${root}/${path}`, 'utf8');

type Breach = {
  readonly sources: SourceTree;
  readonly offenders: readonly string[];
};

/** For each rule a small tree that breaks it in every way it knows, beside something that it must leave alone. */
const BREACHES: Readonly<Record<string, Breach>> = {
  'src/core imports only what lies below it': {
    sources: {
      'src/core/a.ts': [
        "import type { A } from '../admission/a.ts';",
        "export { b } from '../kube/b.ts';",
        "export * from '../../router/c.ts';",
        "export type D = import('../../certs/d.ts').D;",
        "export const e = async () => import('../standalone/e.ts');",
        "import f from 'node:fs';",
        "import g from 'fs';",
        "import '../../router/h.ts';",
        'import i from `express`;',
        "import j = require('express');",
        "import { isIP } from 'node:net';",
        "import { RE2JS } from 're2js';",
        "import { k } from './objects/k.ts';",
        "// import l from '../kube/l.ts'",
        "const m = `import m from '../kube/m.ts'`;",
        "const n = /from '..\\/kube'/;",
      ].join('\n'),
    },
    offenders: [
      'src/core/a.ts:1 imports ../admission/a.ts',
      'src/core/a.ts:2 imports ../kube/b.ts',
      'src/core/a.ts:3 imports ../../router/c.ts',
      'src/core/a.ts:4 imports ../../certs/d.ts',
      'src/core/a.ts:5 imports ../standalone/e.ts',
      'src/core/a.ts:6 imports node:fs',
      'src/core/a.ts:7 imports fs',
      'src/core/a.ts:8 imports ../../router/h.ts',
      'src/core/a.ts:9 imports express',
      'src/core/a.ts:10 imports express',
    ],
  },
  'src/admission imports only what lies below it': {
    sources: {
      'src/admission/a.ts':
        "import '../standalone/x.ts'; import 'node:fs'; import '../core/x.ts'; import './checks/x.ts'; import 'express';",
    },
    offenders: [
      'src/admission/a.ts:1 imports ../standalone/x.ts',
      'src/admission/a.ts:1 imports node:fs',
      'src/admission/a.ts:1 imports express',
    ],
  },
  'src/admission/server imports only what lies below it': {
    sources: {
      'src/admission/server/a.ts':
        "import '../../kube/x.ts'; import 'node:https'; import '../../core/x.ts'; import '../x.ts'; import 'express'; import 'pino';",
    },
    offenders: [
      'src/admission/server/a.ts:1 imports ../../kube/x.ts',
      'src/admission/server/a.ts:1 imports pino',
    ],
  },
  'nobody in src/admission but its server imports the server': {
    sources: {
      'src/admission/a.ts': "import './server/x.ts'; import './b.ts';",
      'src/admission/server/a.ts': "import './x.ts';",
    },
    offenders: ['src/admission/a.ts:1 imports ./server/x.ts'],
  },
  'src/controller imports only what lies below it': {
    sources: {
      'src/controller/a.ts': "import '../admission/x.ts'; import '../kube/x.ts'; import 'node:timers';",
    },
    offenders: ['src/controller/a.ts:1 imports ../admission/x.ts'],
  },
  'src/kube imports only what lies below it': {
    sources: {
      'src/kube/a.ts':
        "import '../controller/x.ts'; import '@kubernetes/client-node/dist/x.js'; import '../core/x.ts';",
    },
    offenders: ['src/kube/a.ts:1 imports ../controller/x.ts'],
  },
  'src/standalone imports only what lies below it': {
    sources: {
      'src/standalone/a.ts':
        "import '../../router/x.ts'; import '../kube/x.ts'; import 'express'; import 'yaml'; import '../admission/x.ts';",
    },
    offenders: [
      'src/standalone/a.ts:1 imports ../../router/x.ts',
      'src/standalone/a.ts:1 imports ../kube/x.ts',
      'src/standalone/a.ts:1 imports express',
    ],
  },
  'src/dashboard imports only what lies below it': {
    sources: { 'src/dashboard/a.ts': "import '../controller/x.ts'; import 'uplot'; import '../core/x.ts';" },
    offenders: ['src/dashboard/a.ts:1 imports ../controller/x.ts'],
  },
  'src/admin imports only what lies below it': {
    sources: { 'src/admin/a.ts': "import '../../router/x.ts'; import 'prom-client'; import '../core/x.ts';" },
    offenders: ['src/admin/a.ts:1 imports ../../router/x.ts'],
  },
  'src/cli imports only what lies below it': {
    sources: {
      'src/cli/a.ts':
        "import '../../test/x.ts'; import '../../router/x.ts'; import '../core/x.ts'; import 'pino';",
    },
    offenders: ['src/cli/a.ts:1 imports ../../test/x.ts'],
  },
  'router imports only what lies below it': {
    sources: {
      'router/http1/a.ts':
        "import '../../src/admission/x.ts'; import 'undici'; import '../table.ts'; import '../../src/core/x.ts'; import 'node:net';",
    },
    offenders: ['router/http1/a.ts:1 imports ../../src/admission/x.ts', 'router/http1/a.ts:1 imports undici'],
  },
  'router/http2 imports only what lies below it': {
    sources: {
      'router/http2/a.ts':
        "import '../http1/x.ts'; import './hpack/x.ts'; import '../wire.ts'; import 'node:net'; import '../../src/core/x.ts'; import 'undici';",
    },
    offenders: [
      'router/http2/a.ts:1 imports ../wire.ts',
      'router/http2/a.ts:1 imports node:net',
      'router/http2/a.ts:1 imports ../../src/core/x.ts',
      'router/http2/a.ts:1 imports undici',
    ],
  },
  'certs imports only what lies below it': {
    sources: { 'certs/a.ts': "import '../src/kube/x.ts'; import 'node-forge'; import '../src/core/x.ts';" },
    offenders: ['certs/a.ts:1 imports ../src/kube/x.ts'],
  },
  'examples imports only what lies below it': {
    sources: {
      'examples/taobao/a.ts':
        "import '../../src/core/x.ts'; import 'express'; import 'yaml'; import './b.ts'; import '../../certs/x.ts';",
    },
    offenders: [
      'examples/taobao/a.ts:1 imports ../../src/core/x.ts',
      'examples/taobao/a.ts:1 imports express',
    ],
  },
  'examples/pods imports only what lies below it': {
    sources: {
      'examples/pods/a.ts': "import 'yaml'; import '../start.ts'; import './b.ts'; import 'node:net';",
    },
    offenders: ['examples/pods/a.ts:1 imports yaml', 'examples/pods/a.ts:1 imports ../start.ts'],
  },
  'every product file lies in a folder that has a place in the order': {
    sources: { 'src/a.ts': '', 'src/tools/b.ts': '', 'src/core/c.ts': '', 'test/d.ts': '' },
    offenders: ['src/a.ts', 'src/tools/b.ts'],
  },
  'nobody but src/cli and tests imports src/cli': {
    sources: {
      'router/a.ts': "import '../src/cli/main.ts';",
      'bench/a.ts': "import '../src/cli/main.ts';",
      'src/cli/b.ts': "import './main.ts';",
      'test/cli/b.test.ts': "import '../../src/cli/main.ts';",
    },
    offenders: ['bench/a.ts:1 imports ../src/cli/main.ts', 'router/a.ts:1 imports ../src/cli/main.ts'],
  },
  'only src/kube and tests import @kubernetes/client-node': {
    sources: {
      'src/cli/a.ts': "import { V1Pod } from '@kubernetes/client-node';",
      'src/kube/a.ts': "import { V1Pod } from '@kubernetes/client-node';",
    },
    offenders: ['src/cli/a.ts:1 imports @kubernetes/client-node'],
  },
  'only router/policies/bcrypt-hash.ts and tests import bcryptjs': {
    sources: {
      'router/policies/a.ts': "import { compareSync } from 'bcryptjs';",
      'router/policies/bcrypt-hash.ts': "import { compareSync } from 'bcryptjs';",
      'router/b.ts': "import './policies/bcrypt-hash.ts';",
    },
    offenders: ['router/policies/a.ts:1 imports bcryptjs'],
  },
  'the product imports only packages that are production dependencies': {
    sources: {
      'src/cli/a.ts':
        "import 'fast-check'; import '@scope/x/y.js'; import 'yaml'; import 'node:fs'; import './b.ts';",
      'test/a.ts': "import 'fast-check';",
    },
    offenders: ['src/cli/a.ts:1 imports fast-check', 'src/cli/a.ts:1 imports @scope/x/y.js'],
  },
  'no file takes part in an import cycle, types included': {
    sources: {
      'src/core/a.ts': "import './b.ts'; import './alone.ts';",
      'src/core/b.ts': "import type { C } from './c.ts';",
      'src/core/c.ts': "export * from './a.ts';",
      'src/core/alone.ts': "import 'yaml';",
      'src/core/self.ts': "import './self.ts'; import './a.ts';",
      'router/d.ts': "import '../src/core/a.ts'; import './e.ts';",
      'router/e.ts': "const d = await import('./d.ts');",
    },
    offenders: [
      'router/d.ts <-> router/e.ts',
      'src/core/a.ts <-> src/core/b.ts <-> src/core/c.ts',
      'src/core/self.ts',
    ],
  },
  'every import names a literal': {
    sources: { 'src/cli/a.ts': 'const name = "./b.ts";\nawait import(name);\nawait import("./b.ts");' },
    offenders: ['src/cli/a.ts:2'],
  },
  'src/core takes only pure computations of Node': {
    sources: {
      'src/core/a.ts': [
        "import { createHash, randomBytes as bytes } from 'node:crypto';",
        "import * as url from 'node:url';",
        "import { isIP, createServer, type Socket } from 'node:net';",
        "import { domainToASCII } from 'node:url';",
      ].join('\n'),
      'router/a.ts': "import { createServer } from 'node:net';",
    },
    offenders: [
      'src/core/a.ts:1 imports randomBytes of node:crypto',
      'src/core/a.ts:2 imports * of node:url',
      'src/core/a.ts:3 imports createServer, Socket of node:net',
    ],
  },
  'src/core uses no clock, chance, environment, logger or timer': {
    sources: {
      'src/core/a.ts': [
        'Date.now();',
        'new Date();',
        'const { now } = Date;',
        'Math.random();',
        'export const port = process.env.PORT;',
        'console.log(1);',
        'setTimeout(() => {}, 1);',
        'globalThis.fetch("x");',
        'performance.now();',
        'f(setImmediate);',
        'const { env } = process;',
        'new Date(0); Date.parse("x"); Date.UTC(1); Math.floor(1);',
        'type T = { process: string; now(): Date }; const o: T = { process: "x" }; o.process; deps.console.log(1);',
      ].join('\n'),
      'router/a.ts': 'Date.now();',
    },
    offenders: [
      'src/core/a.ts:1 Date.now',
      'src/core/a.ts:2 new Date()',
      'src/core/a.ts:3 Date',
      'src/core/a.ts:4 Math.random',
      'src/core/a.ts:5 process.env',
      'src/core/a.ts:6 console.log',
      'src/core/a.ts:7 setTimeout',
      'src/core/a.ts:8 globalThis.fetch',
      'src/core/a.ts:9 performance.now',
      'src/core/a.ts:10 setImmediate',
      'src/core/a.ts:11 process',
    ],
  },
  'no product file has more than 300 lines': {
    sources: {
      'src/core/a.ts': '\n'.repeat(301),
      'router/b.ts': `${'\n'.repeat(300)}let x;`,
      'certs/c.ts': '\n'.repeat(300),
      'test/d.ts': '\n'.repeat(999),
    },
    offenders: ['router/b.ts has 301', 'src/core/a.ts has 301'],
  },
  'no file, folder or declaration is a drawer: utils, helpers, manager': {
    sources: {
      'src/core/utils.ts': '',
      'src/core/string-util.ts': '',
      'router/helpers/a.ts': '',
      'certs/cert-manager.ts': '',
      'certs/utilization.ts':
        'class PoolManager {}\nconst managed = 1;\nfunction stringHelpers() {}\ntype Utility = 1;',
      'test/helpers/b.ts': '',
    },
    offenders: [
      'certs/cert-manager.ts',
      'router/helpers/a.ts',
      'src/core/string-util.ts',
      'src/core/utils.ts',
      'certs/utilization.ts:1 PoolManager',
      'certs/utilization.ts:3 stringHelpers',
    ],
  },
};

const paths = globSync('{src,router,certs,examples,bench,test}/**/*.ts', { cwd: root });
const product = Object.fromEntries(paths.map(path => [path.replaceAll('\\', '/'), read(path)]));
const [facts = [], ...breachFacts] = sourceFacts([
  product,
  ...Object.values(BREACHES).map(({ sources }) => sources),
]);
const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
const context = { facts, dependencies: Object.keys(dependencies) };

test('the sources are found', t => {
  t.true(facts.some(({ path }) => path === 'src/core/problem.ts'));
  t.true(facts.some(({ path }) => path === 'test/architecture.test.ts'));
});

for (const { title, offenders } of ARCHITECTURE_RULES) {
  test(title, t => {
    const found = offenders(context);
    t.is(found.length, 0, `\n${found.join('\n')}`);
  });
}

const catches = test.macro({
  exec(t, title: string) {
    const rule = ARCHITECTURE_RULES.find(each => each.title === title);
    const at = Object.keys(BREACHES).indexOf(title);
    if (rule === undefined || at < 0) return t.fail('the rule has no breach, or the breach no rule');
    const found = rule.offenders({ facts: breachFacts[at] ?? [], dependencies: ['yaml', 're2js'] });
    t.deepEqual(found, BREACHES[title]?.offenders);
  },
  title: (_, title) => `a breach is found of: ${title}`,
});

const titles = new Set([...ARCHITECTURE_RULES.map(({ title }) => title), ...Object.keys(BREACHES)]);
for (const title of titles) test(catches, title);
