import { parse, parseAllDocuments, stringify } from 'yaml';
import { type AdmissionOptions, STANDALONE_OPTIONS } from '../../src/admission/admission-options.ts';
import { isRecord } from '../../src/core/canonical-json.ts';
import { parseManifests } from '../../src/standalone/manifest-files.ts';
import { ManifestStore } from '../../src/standalone/manifest-store.ts';

/** `over` laid over `under`: maps member by member, all else whole, as the documents say. */
const laidOver = (under: unknown, over: unknown): unknown => {
  if (!isRecord(under) || !isRecord(over)) return over;
  const names = new Set([...Object.keys(under), ...Object.keys(over)]);
  return Object.fromEntries(
    [...names].map(name => [
      name,
      Object.hasOwn(over, name) ? laidOver(under[name], over[name]) : under[name],
    ]),
  );
};

/** A rule of the overlay lacks what it does not change: the documents show the difference, also inside the list of rules. */
const withWholeRules = (base: unknown, ingress: unknown): unknown => {
  const rulesOf = (value: unknown): readonly unknown[] => {
    const spec = isRecord(value) && isRecord(value.spec) ? value.spec : {};
    return Array.isArray(spec.rules) ? spec.rules : [];
  };
  const rules = rulesOf(ingress).map((rule, at) => laidOver(rulesOf(base)[at] ?? {}, rule));
  return laidOver(ingress, { spec: { rules } });
};

export type Judgement = { readonly denials: readonly string[]; readonly warnings: readonly string[] };

const FILE = 'shop.yaml';

/** Standalone, but that TCP ports are declared, as the documents say. */
const OPTIONS: AdmissionOptions = { ...STANDALONE_OPTIONS, tcpPorts: [33_306, 33_307], tcpPortRange: null };

/** Tickets of the documents expire after this day, or long before it. */
const NOW_MS = Date.parse('2026-11-23T00:00:00Z');

/** `Ingress default/shop: `, which a person reads in front of each line. */
const withoutName = ({ message }: { readonly message: string }): string => message.replace(/^\S+ \S+: /, '');

/** What admission says of the objects of one example; one without a kind is an overlay of the base Ingress. */
export const judged = (baseText: string, exampleText: string): Judgement => {
  const base: unknown = parse(baseText);
  const objects = parseAllDocuments(exampleText).map((document): unknown => {
    const value: unknown = document.toJS();
    if (isRecord(value) && value.kind !== undefined) {
      return value.kind === 'Ingress' ? withWholeRules(base, value) : value;
    }
    return withWholeRules(base, laidOver(base, value));
  });
  const text = objects.map(object => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }));
  const files = new Map([[FILE, parseManifests(FILE, text.join('---\n'))]]);
  const { errors, warnings } = new ManifestStore(OPTIONS).update({ files }, NOW_MS);
  return { denials: errors.map(withoutName), warnings: warnings.map(withoutName) };
};
