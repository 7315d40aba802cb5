import test from 'ava';
import { hostKey } from '../../src/core/host-key.ts';
import type { ObjectSnapshot } from '../../src/core/objects/objects.ts';
import type { RouteAction, RoutePlan } from '../../src/core/route-plan.ts';
import { type TranslateOptions, translate } from '../../src/core/translate.ts';
import { namespace } from '../helpers/kubernetes-objects.ts';
import {
  application,
  backend,
  path,
  rule,
  storedIngress,
  together,
  WORLD_OPTIONS,
  type WrittenIngress,
} from '../helpers/stored-world.ts';

const leadsTo = (action: RouteAction): string =>
  action.kind === 'refuse' ? '503' : `${action.source.ingress}/${action.service}`;

/** `host kind path -> ingress/service`, in the order of precedence, and `host else -> …`. */
const linesOf = ({ hosts }: RoutePlan): readonly string[] =>
  hosts.flatMap(({ host, routes, fallback }) => [
    ...routes.map(({ match, action }) => {
      const text = match.kind === 'regex' ? match.pattern : match.path;
      return `${host || '(all)'} ${match.kind} ${text} -> ${leadsTo(action)}`;
    }),
    ...(fallback === null ? [] : [`${host || '(all)'} else -> ${leadsTo(fallback)}`]),
    ...(routes.length === 0 && fallback === null ? [`${host} nothing`] : []),
  ]);

type World = Partial<ObjectSnapshot> & { readonly options?: Partial<TranslateOptions> };

/** Services are left out of most worlds: reports of missing ones say nothing here. */
const summary = ({ options = {}, ...parts }: World) => {
  const { plan, reports } = translate(together(parts), { ...WORLD_OPTIONS, ...options });
  return {
    routes: linesOf(plan),
    reports: reports
      .filter(({ reason }) => reason !== 'ServiceMissing' && reason !== 'StableMissing')
      .map(({ reason, object }) => `${reason} ${object.namespace}/${object.name}`),
  };
};

const translation = test.macro({
  exec(t, world: World, routes: readonly string[], reports: readonly string[] = []) {
    t.deepEqual(summary(world), { routes, reports });
  },
  title: (title = '') => title,
});

const web = (name: string, createdMs: number | null, written: WrittenIngress = {}) =>
  storedIngress(name, { createdMs, rules: [rule('taobao.com', path('/', 'www'))], ...written });

const withAlias = { config: { hosts: { 'taobao.com': ['taobao.com', 'www.taobao.com'] } } };

test(
  'hosts are sorted, paths stand in the order of precedence',
  translation,
  {
    ingresses: [
      web('web', 1, {
        rules: [
          rule('www.taobao.com', path('/', 'www')),
          rule(
            'taobao.com',
            path('/', 'www'),
            path('/cart/', 'cart'),
            path('/cart', 'cart', 'Exact'),
            path('/order', 'order', 'ImplementationSpecific'),
          ),
        ],
      }),
    ],
  },
  [
    'taobao.com prefix /order -> web/order',
    'taobao.com exact /cart -> web/cart',
    'taobao.com prefix /cart -> web/cart',
    'taobao.com prefix / -> web/www',
    'www.taobao.com prefix / -> web/www',
  ],
);

test(
  'Ingresses of a namespace share a host: paths are merged, and of two alike the oldest Ingress’ wins',
  translation,
  {
    ingresses: [
      web('young', 2, { rules: [rule('taobao.com', path('/cart', 'new'), path('/order', 'order'))] }),
      web('old', 1, { rules: [rule('taobao.com', path('/cart', 'cart'), path('/', 'www'))] }),
    ],
  },
  [
    'taobao.com prefix /order -> young/order',
    'taobao.com prefix /cart -> old/cart',
    'taobao.com prefix / -> old/www',
  ],
);

test(
  'an exact path and a prefix of the same text are two paths',
  translation,
  {
    ingresses: [
      web('old', 1, { rules: [rule('taobao.com', path('/cart', 'cart'))] }),
      web('young', 2, { rules: [rule('taobao.com', path('/cart', 'new', 'Exact'))] }),
    ],
  },
  ['taobao.com exact /cart -> young/new', 'taobao.com prefix /cart -> old/cart'],
);

test(
  'a rule’s own host beats an older Ingress’ alias, path by path',
  translation,
  {
    ingresses: [
      web('aliased', 1, {
        rules: [rule('taobao.com', path('/', 'www'), path('/cart', 'cart'))],
        ...withAlias,
      }),
      web('own', 2, { rules: [rule('www.taobao.com', path('/', 'own'))] }),
    ],
  },
  [
    'taobao.com prefix /cart -> aliased/cart',
    'taobao.com prefix / -> aliased/www',
    'www.taobao.com prefix /cart -> aliased/cart',
    'www.taobao.com prefix / -> own/own',
  ],
);

test(
  'without creation times the order of files and documents decides',
  translation,
  {
    ingresses: [
      web('a', null, { fileOrder: 2, rules: [rule('taobao.com', path('/', 'second'))] }),
      web('z', null, { fileOrder: 1, rules: [rule('taobao.com', path('/', 'first'))] }),
    ],
  },
  ['taobao.com prefix / -> z/first'],
);

test(
  'Ingresses of one moment are told apart by name',
  translation,
  {
    ingresses: [
      web('b', 1, { rules: [rule('taobao.com', path('/', 'second'))] }),
      web('a', 1, { rules: [rule('taobao.com', path('/', 'first'))] }),
    ],
  },
  ['taobao.com prefix / -> a/first'],
);

test(
  'a path miss goes to the default backend of the oldest Ingress of the host that has one',
  translation,
  {
    ingresses: [
      web('young', 3, { defaultBackend: backend('young-default') }),
      web('old', 2, { defaultBackend: backend('old-default') }),
      web('oldest', 1),
      web('elsewhere', 0, { rules: [rule('jd.com')], defaultBackend: backend('jd') }),
    ],
  },
  ['jd.com else -> elsewhere/jd', 'taobao.com prefix / -> oldest/www', 'taobao.com else -> old/old-default'],
);

test(
  'a rule without paths sends its host to the default backend, or nowhere',
  translation,
  {
    ingresses: [
      web('with', 1, { rules: [rule('taobao.com')], defaultBackend: backend('www') }),
      web('without', 1, { rules: [rule('jd.com')] }),
    ],
  },
  ['jd.com nothing', 'taobao.com else -> with/www'],
);

test(
  'a bare default backend and a rule without host are for all hosts',
  translation,
  {
    ingresses: [
      web('bare', 1, { rules: [], defaultBackend: backend('everything') }),
      web('hostless', 2, { rules: [rule('', path('/cart', 'cart'))] }),
    ],
  },
  ['(all) prefix /cart -> hostless/cart', '(all) else -> bare/everything'],
);

test(
  'rules for all hosts are served from catch-all namespaces alone',
  translation,
  {
    ingresses: [
      web('bare', 1, { rules: [], defaultBackend: backend('everything') }),
      web('hostless', 2, { namespace: 'front', rules: [rule('', path('/', 'www'))] }),
    ],
    options: { catchAllNamespaces: ['front'] },
  },
  ['(all) prefix / -> hostless/www'],
  ['HostNotAllowed shop/bare'],
);

test(
  'the namespace that loses a host loses all of its rules for it, paths of its own included',
  translation,
  {
    ingresses: [
      web('thief', 2, {
        namespace: 'a',
        rules: [rule('taobao.com', path('/mine', 'mine')), rule('jd.com', path('/', 'jd'))],
        defaultBackend: backend('mine'),
      }),
      web('holder', 1, { namespace: 'b' }),
    ],
  },
  ['jd.com prefix / -> thief/jd', 'jd.com else -> thief/mine', 'taobao.com prefix / -> holder/www'],
  ['HostTaken a/thief'],
);

test(
  'where ownership is off namespaces merge like one, the oldest first',
  translation,
  {
    ingresses: [web('young', 2, { namespace: 'a' }), web('old', 1, { namespace: 'b' })],
    options: { hostOwnership: 'off' },
  },
  ['taobao.com prefix / -> old/www'],
);

test(
  'allowed hosts are enforced, and what is not allowed claims nothing',
  translation,
  {
    ingresses: [web('old', 1, { namespace: 'b' }), web('young', 2, { namespace: 'a' })],
    namespaces: [namespace('b', { 'sluice.dev/allowed-hosts': '*.jd.com' })],
  },
  ['taobao.com prefix / -> young/www'],
  ['HostNotAllowed b/old'],
);

test(
  'a canary Ingress serves nothing and never competes, however old it is',
  translation,
  {
    ingresses: [
      web('canary', 0, { namespace: 'a', annotations: { 'nginx.ingress.kubernetes.io/canary': 'true' } }),
      web('web', 1),
    ],
  },
  ['taobao.com prefix / -> web/www'],
  ['CanaryIngress a/canary'],
);

test(
  'an Ingress of another class is not there',
  translation,
  {
    ingresses: [web('other', 0, { className: 'nginx' }), web('ours', 1, { className: 'sluice' })],
    options: { everyClass: false, classes: [{ name: 'sluice', entry: '' }] },
  },
  ['taobao.com prefix / -> ours/www'],
);

test(
  'a key is decoded; a key of an entry that is not ours serves nothing and takes nothing',
  translation,
  {
    ingresses: [
      web('copy', 2, { rules: [rule(hostKey('taobao.com'), path('/', 'www'))] }),
      web('foreign', 1, { namespace: 'a', rules: [rule(hostKey('taobao.com', 'x'), path('/', 'x'))] }),
    ],
  },
  ['taobao.com prefix / -> copy/www'],
  ['KeyMismatch a/foreign'],
);

test(
  'a bad path and a bad host cost their own rule alone',
  translation,
  {
    ingresses: [
      web('web', 1, {
        rules: [
          rule('taobao.com', path('/ok', 'ok'), path('relative', 'bad'), path('/a b', 'bad')),
          rule('tao bao', path('/', 'bad')),
          rule('jd.com', path('/', 'jd')),
        ],
      }),
    ],
  },
  ['jd.com prefix / -> web/jd', 'taobao.com prefix /ok -> web/ok'],
  ['HostInvalid shop/web', 'PathInvalid shop/web', 'PathInvalid shop/web'],
);

test(
  'a bad regex costs its own path alone',
  translation,
  {
    ingresses: [
      web('web', 1, {
        annotations: { 'nginx.ingress.kubernetes.io/use-regex': 'true' },
        rules: [
          rule(
            'taobao.com',
            path('/a(', 'bad', 'ImplementationSpecific'),
            path('/b.*', 'b', 'ImplementationSpecific'),
          ),
        ],
      }),
    ],
  },
  ['taobao.com regex /b.* -> web/b'],
  ['RegexInvalid shop/web'],
);

test(
  'access control that is not enforced answers 503 on every route of its Ingress, and on no other',
  translation,
  {
    ingresses: [
      web('closed', 1, {
        annotations: { 'nginx.ingress.kubernetes.io/auth-url': 'x' },
        rules: [rule('taobao.com', path('/admin', 'admin'))],
        defaultBackend: backend('admin'),
      }),
      web('open', 2),
    ],
  },
  ['taobao.com prefix /admin -> 503', 'taobao.com prefix / -> open/www', 'taobao.com else -> 503'],
  ['AnnotationUnsupported shop/closed'],
);

test(
  'a service-config that cannot be read leaves the own host; its aliases are gone until it can',
  translation,
  { ingresses: [web('web', 1, { config: '{"hosts":{},"extra":1}' })] },
  ['taobao.com prefix / -> web/www'],
  ['ServiceConfigInvalid shop/web'],
);

test(
  'other bad annotations count as their default, with a report',
  translation,
  { ingresses: [web('web', 1, { annotations: { 'sluice.dev/paused': 'maybe' } })] },
  ['taobao.com prefix / -> web/www'],
  ['AnnotationInvalid shop/web'],
);

const REPORTED: readonly (readonly [string, WrittenIngress, string])[] = [
  [
    'a problem keeps its field and value',
    { rules: [rule('taobao.com', path('cart', 'cart'))] },
    'spec.rules[0].http.paths[0].path "cart": must be absolute; write "/cart".',
  ],
  [
    'a foreign key says that it is not served',
    { rules: [rule(hostKey('x.com', 'other'))] },
    `spec.rules[0].host "${hostKey('x.com', 'other')}": is a host key that this router did not make; this rule is not served.`,
  ],
  [
    'a canary says what to write instead',
    { annotations: { 'nginx.ingress.kubernetes.io/canary': 'true' } },
    'metadata.annotations[nginx.ingress.kubernetes.io/canary] "true": this Ingress is not served; write its rule as a ticket on the Ingress of the stable Service.',
  ],
];

for (const [title, written, message] of REPORTED) {
  test(`reports are for people: ${title}`, t => {
    const { reports } = translate(together({ ingresses: [web('web', 1, written)] }), WORLD_OPTIONS);
    t.true(
      reports.some(report => report.message === message),
      JSON.stringify(reports),
    );
  });
}

const RELEASE = {
  hosts: { 'taobao.com': ['taobao.com'] },
  tickets: { header: { foo: 'bar' } },
  serviceMap: { cart: 'cart-edge' },
};

const stableAddresses = (world: World): readonly string[] => {
  const cart = application('cart', { stable: '10.0.0.1', edge: '10.0.0.9' });
  const { plan } = translate(together(cart, world), WORLD_OPTIONS);
  return plan.pools.find(({ id }) => id === 'shop/cart:80')?.endpoints.map(({ address }) => address) ?? [];
};

const CART_RULE = [rule('taobao.com', path('/', 'cart'))];

test('edge pods are not stable for anybody as soon as one Ingress of the namespace names the edge', t => {
  const other = storedIngress('other', { rules: [rule('jd.com', path('/', 'cart'))] });
  t.deepEqual(stableAddresses({ ingresses: [other] }), ['10.0.0.1', '10.0.0.9']);
  t.deepEqual(
    stableAddresses({ ingresses: [other, storedIngress('web', { rules: CART_RULE, config: RELEASE })] }),
    ['10.0.0.1'],
  );
});

for (const [title, written] of [
  [
    'its service-config is broken elsewhere',
    { config: JSON.stringify({ x: 1, drainage: { serviceMap: RELEASE.serviceMap } }) },
  ],
  ['it lost its host', { config: RELEASE, rules: [rule('jd.com', path('/', 'cart'))] }],
  [
    'its routes are refused',
    { config: RELEASE, annotations: { 'nginx.ingress.kubernetes.io/satisfy': 'any' } },
  ],
  ['its only path is bad', { config: RELEASE, rules: [rule('taobao.com', path('cart', 'cart'))] }],
] as const satisfies readonly (readonly [string, WrittenIngress])[]) {
  test(`an Ingress keeps edge pods out of stable even when ${title}`, t => {
    const ingresses = [
      storedIngress('web', { createdMs: 2, rules: CART_RULE, ...written }),
      storedIngress('plain', { createdMs: 3, rules: [rule('tmall.com', path('/', 'cart'))] }),
      storedIngress('holder', {
        createdMs: 1,
        namespace: 'other',
        rules: [rule('jd.com', path('/', 'www'))],
      }),
    ];
    t.deepEqual(stableAddresses({ ingresses }), ['10.0.0.1']);
  });
}

test('in a cluster an edge has pods once its Service is stored, in standalone at once', t => {
  const world = together(application('cart', { stable: '10.0.0.1', edge: '10.0.0.9' }), {
    ingresses: [storedIngress('web', { rules: CART_RULE, config: RELEASE })],
  });
  const edgeState = (impliedEdgeServices: boolean) => {
    const { plan, edgeServices } = translate(world, { ...WORLD_OPTIONS, impliedEdgeServices });
    t.deepEqual(
      edgeServices.map(({ name }) => name),
      ['cart-edge'],
    );
    return plan.pools.find(({ id }) => id === 'shop/cart-edge:80#edge')?.state;
  };
  t.is(edgeState(true), 'ready');
  t.is(edgeState(false), 'empty');
});

test('the translation says who holds a domain', t => {
  const { holderOf } = translate(together({ ingresses: [web('web', 1, withAlias)] }), WORLD_OPTIONS);
  t.is(holderOf('www.taobao.com'), 'shop');
  t.is(holderOf('jd.com'), undefined);
});
