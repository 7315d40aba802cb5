import { hostOf, type Manifest, namespaceOf, storedOf, TESTERS, writtenIngress } from './world.ts';

/** One call of an API server. */
export type Call = { readonly path: '/mutate?timeout=3s' | '/validate?timeout=3s'; readonly body: Buffer };

const INGRESS = { group: 'networking.k8s.io', version: 'v1', kind: 'Ingress' };
const INGRESSES = { group: 'networking.k8s.io', version: 'v1', resource: 'ingresses' };

type Write = { readonly nth: number; readonly object: unknown; readonly oldObject: unknown };

const reviewOf = ({ nth, object, oldObject }: Write): Buffer =>
  Buffer.from(
    JSON.stringify({
      kind: 'AdmissionReview',
      apiVersion: 'admission.k8s.io/v1',
      request: {
        uid: `705ab4f5-6393-11e8-b7cc-${String(nth).padStart(12, '0')}`,
        kind: INGRESS,
        resource: INGRESSES,
        requestKind: INGRESS,
        requestResource: INGRESSES,
        name: `ing-${nth}`,
        namespace: namespaceOf(nth),
        operation: oldObject === null ? 'CREATE' : 'UPDATE',
        userInfo: { username: 'anna', groups: ['system:authenticated'] },
        object,
        oldObject,
        dryRun: false,
        options: {
          kind: oldObject === null ? 'CreateOptions' : 'UpdateOptions',
          apiVersion: 'meta.k8s.io/v1',
        },
      },
    }),
  );

/** Both calls that one write costs. */
const callsOf = (nth: number, written: Manifest, oldObject: unknown = null): readonly Call[] => [
  { path: '/mutate?timeout=3s', body: reviewOf({ nth, object: written, oldObject }) },
  { path: '/validate?timeout=3s', body: reviewOf({ nth, object: storedOf(written, oldObject), oldObject }) },
];

/** Nobody has stored these, however many there are. */
const FIRST_NEW = 1_000_000;

/**
 * What teams do all day: raise a percentage, take a ticket back, bring a new Ingress. Of `count` writes one in four
 * is a new host; all others are updates of the first ten Ingresses, which every index holds.
 */
export const reviewCalls = (count: number): readonly Call[] =>
  Array.from({ length: count }, (_, at) => {
    if (at % 4 === 3) return callsOf(FIRST_NEW + at, writtenIngress(FIRST_NEW + at, TESTERS));
    const nth = at % 10;
    const tickets = `[{header: {foo: bar}, description: testers}, {percent: ${1 + (at % 99)}, hashOn: "cookie:uid"}]`;
    return callsOf(nth, writtenIngress(nth, tickets, hostOf(nth)), storedOf(writtenIngress(nth, TESTERS)));
  }).flat();
