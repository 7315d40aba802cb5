// What the documents say in tables and lists is what the code says.
import test from 'ava';
import { DEFAULT_OPTIONS } from '../router/engine.ts';
import { HEAD_FAULT } from '../router/http1/head-fault.ts';
import { MAX_HEADER_BYTES, MAX_HEADER_FIELDS, MAX_TARGET_BYTES } from '../router/http1/request-head.ts';
import { FAILURE } from '../router/upstream/upstream-failure.ts';
import {
  MAX_DENIAL_BYTES,
  MAX_LISTED_PROBLEMS,
  MAX_WARNING_LENGTH,
  MAX_WARNINGS_LENGTH,
} from '../src/admission/review-response.ts';
import { REFUSAL_STATUS } from '../src/admission/server/webhook-app.ts';
import { WEBHOOK_LIMITS } from '../src/admission/server/webhook-limits.ts';
import * as annotationNames from '../src/core/annotation-names.ts';
import { EDGE_SELECTOR } from '../src/core/edge-service.ts';
import { ALLOW_ENDPOINTS } from '../src/core/endpoints.ts';
import { MAX_HOST_FIELD_BYTES } from '../src/core/host.ts';
import { MAX_KEYED_HOST_BYTES } from '../src/core/host-key.ts';
import { readNginxAnnotations } from '../src/core/nginx-annotations.ts';
import { PROBLEM_CODES } from '../src/core/problem.ts';
import { REPORT_REASONS } from '../src/core/report.ts';
import { DEFAULT_ANNOTATION, MAX_ALIASES, MAX_SERVICE_CONFIG_BYTES } from '../src/core/service-config.ts';
import { compileTicket } from '../src/core/ticket/compiled-ticket.ts';
import { MAX_VALUE_BYTES } from '../src/core/ticket/grammar-context.ts';
import { MAX_REGEXES } from '../src/core/ticket/matcher-grammar.ts';
import { murmur3 } from '../src/core/ticket/murmur3.ts';
import { MAX_INSTRUCTIONS, MAX_PATTERN_CHARACTERS, MAX_SUBJECT_BYTES } from '../src/core/ticket/regex.ts';
import { MAX_CONDITIONS, MAX_TICKETS, parseTickets } from '../src/core/ticket/ticket-grammar.ts';
import { quotedIn, read, sorted } from './helpers/documents.ts';
import { fencedBlocks, sectionOf, sectionsOf, tableRows, withoutFences } from './helpers/markdown.ts';
import { factsOf } from './helpers/request-facts.ts';
import { runSluice } from './helpers/shell-example.ts';

test('every denial code has its section, with a denial of that code', t => {
  const denials = sectionOf(read('docs/admission.md'), 'Denials');
  const sections = sectionsOf(denials.text);
  t.deepEqual(sorted(sections.map(({ title }) => title)), sorted(PROBLEM_CODES));
  for (const { title, text } of sections) {
    const shown = fencedBlocks(text).find(({ language }) => language === 'text');
    for (const line of shown?.text.split('\n') ?? [''])
      t.true(line.startsWith(`${title} `), `${title}: ${line}`);
    t.regex(text, /^Fix: /m, title);
  }
});

test('every reason of a note is in its table', t => {
  const { text } = sectionOf(read('docs/admission.md'), 'Notes about stored objects');
  const codes: ReadonlySet<string> = new Set(PROBLEM_CODES);
  const shown = tableRows(text)
    .filter(row => row.length === 3)
    .map(([reason]) => reason);
  t.deepEqual(sorted(quotedIn(shown)), sorted(REPORT_REASONS.filter(reason => !codes.has(reason))));
});

test('the answers of the router are those of the code', t => {
  const { text } = sectionOf(read('docs/commands.md'), 'Answers that the router gives itself');
  const documented = tableRows(text).map(([status, code]) => `${status} ${quotedIn([code])[0]}`);
  const routed = [
    '404 HostKey',
    '404 NoHost',
    '404 NoRoute',
    '414 PathTooCostly',
    '503 NoEndpoint',
    '503 Refused',
    '503 BadRewrite',
    '301, 302, 303, 307, 308 Redirect',
    '403 SourceNotAllowed',
    '403 HttpsRequired',
    '421 MisdirectedRequest',
    '413 BodyTooLarge',
    '401 AuthenticationRequired',
    '429 TooManyAttempts',
    '503 PasswordsBusy',
    '503 RateLimited',
    '503 ConnectionLimited',
  ];
  const faults = [...Object.values(HEAD_FAULT), ...Object.values(FAILURE)].map(
    ({ status, code }) => `${status} ${code}`,
  );
  t.deepEqual(sorted(documented), sorted([...faults, ...routed, '500 InternalError']));
});

/** The others have flags, or no number. */
const {
  tickMs: _tickMs,
  drainTimeoutMs: _drainTimeoutMs,
  trustedProxies: _trustedProxies,
  proxyProtocol: _proxyProtocol,
  http2: _http2,
  publicHttpsPort: _publicHttpsPort,
  h2c: _h2c,
  ...TIMEOUTS
} = DEFAULT_OPTIONS;

/** Constants of the code that a table gives in the row that ends in their name. */
const CONSTANTS: Readonly<Record<string, number>> = {
  MAX_SERVICE_CONFIG_BYTES,
  MAX_KEYED_HOST_BYTES,
  MAX_HOST_FIELD_BYTES,
  MAX_ALIASES,
  MAX_TICKETS,
  MAX_CONDITIONS,
  MAX_REGEXES,
  MAX_PATTERN_CHARACTERS,
  MAX_INSTRUCTIONS,
  MAX_SUBJECT_BYTES,
  MAX_VALUE_BYTES,
  MAX_TARGET_BYTES,
  MAX_HEADER_BYTES,
  MAX_HEADER_FIELDS,
  ...TIMEOUTS,
};

test('documented limits are the constants of the code', t => {
  const documents = ['docs/rules-format.md', 'docs/commands.md'].map(read);
  const rows = documents
    .flatMap(tableRows)
    .filter(([, , name]) => Object.hasOwn(CONSTANTS, quotedIn([name])[0] ?? ''));
  const documented = rows.map(([, limit = '', name]) => [quotedIn([name])[0], Number.parseInt(limit, 10)]);
  t.deepEqual(Object.fromEntries(documented), CONSTANTS);
});

test('answers and limits of the webhook are those of the code', t => {
  const rows = tableRows(sectionOf(read('docs/admission.md'), 'The webhook').text);
  const answers = rows.filter(([status = '']) => /^\d{3}$/.test(status));
  const { BodyCutOff: _, ...statuses } = REFUSAL_STATUS;
  t.deepEqual(
    Object.fromEntries(answers.map(([status, reason]) => [quotedIn([reason])[0], Number(status)])),
    statuses,
  );
  const { checkEveryMs: __, ...limits } = WEBHOOK_LIMITS;
  const documented = rows
    .filter(row => !answers.includes(row))
    .map(([, limit = '', name]) => [quotedIn([name])[0], Number.parseInt(limit, 10)]);
  t.deepEqual(Object.fromEntries(documented), {
    ...limits,
    MAX_LISTED_PROBLEMS,
    MAX_DENIAL_BYTES,
    MAX_WARNING_LENGTH,
    MAX_WARNINGS_LENGTH,
  });
});

test('the worked example of percent is what the router computes', t => {
  const rows = tableRows(sectionOf(read('docs/rules-format.md'), 'Percent').text);
  t.is(rows.length, 5);
  for (const [bytes = '', hash, share, at20 = '', at40 = ''] of rows) {
    const [text = ''] = quotedIn([bytes]);
    const uid = text.slice(text.lastIndexOf(':') + 1);
    t.is(murmur3(text), Number(hash));
    t.is(share, `${((murmur3(text) / 2 ** 32) * 100).toFixed(2)} %`);
    for (const [percent, track] of [
      [20, at20],
      [40, at40],
    ] as const) {
      const [ticket] = parseTickets({ percent, hashOn: 'cookie:uid' }, 'tickets').tickets;
      const facts = factsOf({ headers: [['Cookie', `uid=${uid}`]] });
      const matches = ticket !== undefined && compileTicket(ticket, { ownHost: 'taobao.com' }).matches(facts);
      t.is(matches ? 'edge' : 'stable', track, `${uid} at ${percent} %`);
    }
  }
});

test('every annotation of our own is documented', t => {
  const document = read('docs/annotations.md');
  const shown = quotedIn([withoutFences(document)]);
  const titles = sectionsOf(document).map(({ title }) => title);
  const names = [...Object.values(annotationNames), EDGE_SELECTOR, ALLOW_ENDPOINTS].filter(
    name => typeof name === 'string' && name.startsWith('sluice.dev/'),
  );
  t.true(names.length > 8);
  for (const name of names) t.true([...shown, ...titles].includes(String(name)), String(name));
});

/** Outside of every grammar. */
const NONSENSE = '\0;';

const nginxOutcome = (name: string, value: string): string => {
  const full = annotationNames.NGINX_PREFIX + name;
  const found = readNginxAnnotations({ [full]: value }, DEFAULT_ANNOTATION);
  const { canary, useRegex, rewriteTarget, ignored, unsupportedAccess } = found;
  if (unsupportedAccess.length > 0) return 'denied';
  if (ignored.includes(full)) return 'warned';
  if (found.affinity !== null || found.balance.kind !== 'p2c') return 'read';
  const isRead = [found.problems, found.accessProblems, found.policies].some(list => list.length > 0);
  if (canary || useRegex || rewriteTarget !== null || isRead) return 'read';
  // A detail of another annotation: what is read is refused where it makes no sense.
  return value === NONSENSE ? 'nothing' : nginxOutcome(name, NONSENSE);
};

test('every ingress-nginx annotation fares as the table says', t => {
  const rows = tableRows(sectionOf(read('docs/annotations.md'), 'All of them').text);
  t.true(rows.length > 140);
  for (const [cell, outcome = '', remark = ''] of rows) {
    const [name = ''] = quotedIn([cell]);
    if (outcome === 'snippet') {
      t.is(nginxOutcome(name, 'deny all;'), 'denied', name);
      t.is(nginxOutcome(name, 'gzip off;'), 'warned', name);
    } else if (outcome === 'canary') t.is(nginxOutcome(name, '5'), 'warned', name);
    // Aliases are an intent's business, see sluice.dev/aliases.
    else if (name !== 'server-alias')
      t.is(nginxOutcome(name, name === 'rewrite-target' ? '/' : 'true'), outcome, name);
    const [, off] = /"(\w+)"`: warned/.exec(remark) ?? [];
    if (off !== undefined) t.is(nginxOutcome(name, off), 'warned', name);
  }
  t.is(nginxOutcome('auth-of-next-year', 'x'), 'denied');
  t.is(nginxOutcome('modsecurity-of-next-year', 'x'), 'denied');
  t.is(nginxOutcome('of-next-year', 'x'), 'warned');
});

const flagsIn = (text: string): readonly string[] =>
  [...text.matchAll(/--[a-z][a-z0-9-]*/g)].map(([flag = '']) => flag);

/** Flag -> its default as commander prints it, empty where there is none. */
const helpFlags = (help: string): ReadonlyMap<string, string> => {
  const options = help.slice(help.indexOf('Options:')).replace(/\s+/g, ' ');
  const parts = options.split(/(?<!,) (?=(?:-\w, )?--[a-z])/).slice(1);
  return new Map(
    parts.map(part => [flagsIn(part)[0] ?? '', /default: "?([^")]*)"?\)/.exec(part)?.[1] ?? '']),
  );
};

test('every command and flag of --help is documented, with its default, and no other', async t => {
  const document = read('docs/commands.md');
  const { output } = await runSluice(['--help']);
  const commands = [...output.matchAll(/^ {2}([a-z-]+) \[/gm)]
    .map(([, name = '']) => name)
    .filter(name => name !== 'help');
  const titles = sectionsOf(document)
    .map(({ title }) => title)
    .filter(title => title.startsWith('sluice '));
  t.deepEqual(sorted(titles), sorted(commands.map(name => `sluice ${name}`)));
  const shared = tableRows(sectionOf(document, 'Flags about admission').text);
  for (const name of commands) {
    const help = helpFlags((await runSluice([name, '--help'])).output);
    const own = tableRows(sectionOf(document, `sluice ${name}`).text).filter(([flag = '']) =>
      flag.includes('--'),
    );
    // What a command has in its own table counts there: in a cluster other defaults hold.
    const ownFlags = new Set(own.flatMap(([flag = '']) => flagsIn(flag)));
    const others = shared.filter(([flag = '']) => !flagsIn(flag).some(name => ownFlags.has(name)));
    const rows = help.has('--ingress-class') ? [...own, ...others] : own;
    t.deepEqual(
      sorted(rows.flatMap(([flag = '']) => flagsIn(flag))),
      sorted([...help.keys()].filter(flag => flag !== '--help')),
      name,
    );
    for (const [flag = '', shown = ''] of rows) {
      const expected = help.get(flagsIn(flag)[0] ?? '') ?? '';
      const isDefault =
        expected === '' ? ['', 'required'].includes(shown) : shown.replaceAll('`', '') === expected;
      t.true(isDefault, `${name} ${flag}: the default is ${expected}, documented is ${shown}`);
    }
  }
});
