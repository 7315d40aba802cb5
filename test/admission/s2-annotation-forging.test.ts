import test from 'ava';
import fc from 'fast-check';
import { LONE_VIEW } from '../../src/admission/cluster-view.ts';
import { validate } from '../../src/admission/validate.ts';
import { hostKey } from '../../src/core/host-key.ts';
import { readIngress } from '../../src/core/ingress-reading.ts';
import { scopeOf } from '../../src/core/ingress-scope.ts';
import { parseIngress } from '../../src/core/objects/parse-ingress.ts';
import {
  APPLIED,
  CLUSTER_OPTIONS,
  codeAndField,
  configOf,
  hostsOf,
  ingressOf,
  NOW_MS,
  review,
  ruleOf,
  SERVICE_CONFIG,
  stored,
  TAOBAO_KEY,
} from '../helpers/admission.ts';

// S2: what the webhook writes is an author's to write too; it is checked like any other input.

const HELD: ReadonlySet<string> = new Set(['taobao.com', 'www.taobao.com', '*.taobao.com', '']);

/** taobao.com and its names belong to namespace `tmall`. */
const view = { claimHolder: (host: string) => (HELD.has(host) ? 'tmall' : undefined) };

const forgedRecord = (parts: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    by: 'sluice.dev/router',
    entry: '',
    sections: { hosts: 'generated', tickets: 'intent', serviceMap: 'intent', onEmptyEdge: 'intent' },
    dns: ['external-dns.kubernetes.io/hostname', 'example.com/note'],
    ...parts,
  });

const listed = (hosts: unknown): Readonly<Record<string, string>> => ({
  [SERVICE_CONFIG]: JSON.stringify({ hosts }),
});

const CONFIG_HOSTS = `HostTaken metadata.annotations[${SERVICE_CONFIG}].hosts`;
const RULE = 'spec.rules[0].host';

const FORGERIES: readonly (readonly [
  title: string,
  host: string,
  annotations: Readonly<Record<string, string>>,
  denials: readonly string[],
])[] = [
  ["another tenant's key as host", TAOBAO_KEY, {}, [`HostTaken ${RULE}`]],
  ['the same in upper case', TAOBAO_KEY.toUpperCase(), {}, [`HostTaken ${RULE}`]],
  ['the same with a trailing dot', `${TAOBAO_KEY}.`, {}, [`HostTaken ${RULE}`]],
  ['the key of all hosts', hostKey(''), {}, [`HostTaken ${RULE}`]],
  ['a key of an entry that nobody configured', hostKey('taobao.com', 'x'), {}, [`KeyMismatch ${RULE}`]],
  [
    'a key of an entry that a forged record names',
    hostKey('taobao.com', 'x'),
    { [APPLIED]: forgedRecord({ entry: 'x' }) },
    [`HostTaken ${RULE}`],
  ],
  ['the key of a key', hostKey(TAOBAO_KEY), {}, [`KeyMismatch ${RULE}`]],
  ['a list that serves it', 'jd.com', listed({ 'jd.com': ['taobao.com'] }), [CONFIG_HOSTS]],
  ['a list under our own key', 'jd.com', listed({ [hostKey('jd.com')]: ['TAOBAO.com.'] }), [CONFIG_HOSTS]],
  ['a list of all hosts', 'jd.com', listed({ 'jd.com': [''] }), [CONFIG_HOSTS]],
  [
    'a list under its key, with its key as host',
    TAOBAO_KEY,
    listed({ [TAOBAO_KEY]: ['taobao.com'] }),
    [`HostTaken ${RULE}`],
  ],
  [
    'a list that a forged record calls hand-written',
    'jd.com',
    { ...listed({ 'jd.com': ['taobao.com'] }), [APPLIED]: forgedRecord({ sections: { hosts: 'hand' } }) },
    [CONFIG_HOSTS],
  ],
];

for (const [title, host, annotations, denials] of FORGERIES) {
  const object = ingressOf({ annotations, rules: [ruleOf(host)] });

  test(`S2: ${title} is denied`, t => {
    t.deepEqual(review(object, { view }).denials.map(codeAndField), denials);
  });

  test(`S2: ${title} is denied in an update too`, t => {
    const old = stored(ingressOf({ rules: [ruleOf('jd.com')] }), { view });
    t.deepEqual(review(object, { view, old }).denials.map(codeAndField), denials);
  });

  test(`S2: ${title} is denied where nothing was mutated before`, t => {
    const { denials: found } = validate(
      { object, oldObject: null },
      { options: CLUSTER_OPTIONS, view: { ...LONE_VIEW, ...view }, nowMs: NOW_MS },
    );
    t.deepEqual(found.map(codeAndField), denials);
  });
}

test('S2: a list under the key of another host is dropped, since no rule refers to it', t => {
  const annotations = listed({ [TAOBAO_KEY]: ['taobao.com'], 'jd.com': ['jd.com'] });
  const object = stored(ingressOf({ annotations, rules: [ruleOf('jd.com')] }), { view });
  t.deepEqual(configOf(object).hosts, { [hostKey('jd.com')]: ['jd.com'] });
});

test('S2: a forged record changes nothing but which sections are computed anew', t => {
  const honest = stored(ingressOf());
  const forged = stored(ingressOf({ annotations: { [APPLIED]: forgedRecord() } }));
  t.deepEqual(configOf(forged), configOf(honest));
  t.deepEqual(hostsOf(forged), hostsOf(honest));
});

test('S2: a forged record takes no annotation away that we do not write', t => {
  const annotations = {
    [APPLIED]: forgedRecord(),
    'example.com/note': 'x',
    'external-dns.kubernetes.io/hostname': 'a.com',
  };
  const away = review(ingressOf({ annotations, className: 'nginx' })).object as {
    metadata: { annotations: unknown };
  };
  t.deepEqual(away.metadata.annotations, {
    'example.com/note': 'x',
    'external-dns.kubernetes.io/hostname': 'a.com',
  });
});

test('S2: whatever is forged, an Ingress that is admitted serves no host of another tenant', t => {
  const scope = scopeOf(CLUSTER_OPTIONS, []);
  const good = fc.constantFrom('jd.com', 'JD.com.', 'm.jd.com', '*.jd.com', hostKey('jd.com'));
  const bad = fc.constantFrom(
    'taobao.com',
    'Taobao.com.',
    '*.taobao.com',
    TAOBAO_KEY,
    hostKey('taobao.com', 'x'),
    hostKey(TAOBAO_KEY),
    hostKey(''),
    '',
  );
  const hosts = fc.oneof({ weight: 9, arbitrary: good }, { weight: 1, arbitrary: bad });
  const lists = fc.dictionary(hosts, fc.array(hosts, { maxLength: 3 }), { maxKeys: 3 });
  const annotations = fc
    .record(
      {
        [SERVICE_CONFIG]: lists.map(list => JSON.stringify({ hosts: list })),
        [APPLIED]: fc
          .record({ entry: fc.constantFrom('', 'x'), sections: fc.constantFrom({}, { hosts: 'hand' }) })
          .map(forgedRecord),
        'sluice.dev/aliases': lists.map(list => JSON.stringify(list)),
        'nginx.ingress.kubernetes.io/server-alias': fc
          .array(hosts, { maxLength: 2 })
          .map(list => list.join(',')),
        'sluice.dev/rewrite': fc.constantFrom('on', 'off'),
      },
      { requiredKeys: [] },
    )
    .map(record => record as Record<string, string>);
  const object = fc
    .record({
      annotations,
      rules: fc.array(
        hosts.map(host => ruleOf(host)),
        { minLength: 1, maxLength: 2 },
      ),
    })
    .map(parts => ingressOf(parts));
  let seen = 0;
  fc.assert(
    fc.property(object, fc.option(object), (next, old) => {
      const before = old === null ? null : review(old, { view });
      if (before !== null && before.denials.length > 0) return;
      const admission = review(next, { view, old: before?.object ?? null });
      if (admission.denials.length > 0) return;
      const parsed = parseIngress(admission.object);
      const reading = parsed.ok ? readIngress(parsed.value, { scope, annotation: SERVICE_CONFIG }) : null;
      const served = (reading?.rules ?? []).flatMap(({ domains }) => domains);
      seen += 1;
      t.deepEqual(
        served.filter(domain => HELD.has(domain)),
        [],
      );
    }),
    { numRuns: 4000 },
  );
  t.true(seen > 60, `only ${seen} were admitted`);
});
