import { APPLIED } from './annotation-names.ts';
import { canonicalJson, isRecord } from './canonical-json.ts';
import { SECTIONS, type Section } from './service-config.ts';

/** Where a section of the service-config came from: an intent annotation, nothing but the Ingress, or somebody's hand. */
export type Origin = 'intent' | 'generated' | 'hand';

/** `sluice.dev/applied`: the webhook's own record of what it wrote (DESIGN 4). */
export type Applied = {
  /** Name of the controller, e.g. `sluice.dev/router`. */
  readonly by: string;
  readonly entry: string;
  readonly sections: Readonly<Partial<Record<Section, Origin>>>;
  /** Annotations that we wrote for external-dns. */
  readonly dns: readonly string[];
};

const isOrigin = (value: unknown): value is Origin =>
  value === 'intent' || value === 'generated' || value === 'hand';

/**
 * Reads the record; undefined where there is none or it is not in our form. It is the user's to forge, so
 * nothing hangs on it but which sections are computed anew.
 */
export const readApplied = (annotations: Readonly<Record<string, string>>): Applied | undefined => {
  const text = annotations[APPLIED];
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || typeof value.by !== 'string' || typeof value.entry !== 'string') return undefined;
  const { by, entry, sections, dns } = value;
  const origins: Partial<Record<Section, Origin>> = {};
  if (isRecord(sections)) {
    for (const section of SECTIONS) {
      const origin = sections[section];
      if (isOrigin(origin)) origins[section] = origin;
    }
  }
  const names = Array.isArray(dns) ? dns.filter(name => typeof name === 'string') : [];
  return { by, entry, sections: origins, dns: names };
};

export const printApplied = (applied: Applied): string =>
  canonicalJson({ ...applied, dns: [...applied.dns].sort() });
