import type { AdmissionOptions } from '../admission/admission-options.ts';
import { mutate } from '../admission/mutate.ts';
import type { Restoration } from '../controller/restore.ts';
import { CLASS } from '../core/annotation-names.ts';
import { readApplied } from '../core/applied.ts';
import { isRecord } from '../core/canonical-json.ts';
import { readRuleHost } from '../core/host-key.ts';
import { entriesFor, type Scope, scopeOf } from '../core/ingress-scope.ts';
import type { Ingress } from '../core/objects/ingress.ts';
import { parseIngress } from '../core/objects/parse-ingress.ts';

/** A class that nobody has: what was of it and is of any other is leaving. */
const LEFT_CLASS = 'sluice.dev/left';

/** No class is ours any more, and every entry is still known. */
const leavingOptions = (options: AdmissionOptions): AdmissionOptions => ({
  ...options,
  everyClass: false,
  classes: [
    { name: LEFT_CLASS, entry: '' },
    ...options.classes.map(({ entry }, index) => ({ name: `${LEFT_CLASS}/${index}`, entry })),
  ],
});

const ofLeftClass = (json: Readonly<Record<string, unknown>>): unknown => {
  const metadata = isRecord(json.metadata) ? json.metadata : {};
  const annotations = isRecord(metadata.annotations) ? metadata.annotations : {};
  return {
    ...json,
    metadata: { ...metadata, annotations: { ...annotations, [CLASS]: LEFT_CLASS } },
  };
};

const holdsOurs = (ingress: Ingress, scope: Scope, controllerName: string): boolean => {
  if (readApplied(ingress.metadata.annotations)?.by === controllerName) return true;
  const entries = entriesFor(scope, ingress);
  return ingress.rules.some(({ host }) => readRuleHost(host, entries).kind === 'key');
};

/** What gives an Ingress its own hosts back: admission's leaving, of every Ingress that holds something of ours. */
export const restorationOf = (options: AdmissionOptions): Restoration => {
  const leaving = leavingOptions(options);
  const scope = scopeOf(leaving, []);
  return json => {
    const parsed = parseIngress(json);
    if (!parsed.ok || !isRecord(json) || !holdsOurs(parsed.value, scope, options.controllerName)) return [];
    const { patch } = mutate(
      { object: json, oldObject: ofLeftClass(json) },
      { options: leaving, ingressClasses: [] },
    );
    return patch.map(operation => ({ ...operation }));
  };
};
