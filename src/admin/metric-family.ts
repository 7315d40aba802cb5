export type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number };

/** A metric, and how it is read off facts. Names and labels are what dashboards and alerts rely on. */
export type MetricFamily<Facts> = {
  readonly kind: 'counter' | 'gauge';
  readonly name: string;
  readonly labelNames?: readonly string[];
  readonly help: string;
  readonly samples: (facts: Facts) => readonly Sample[];
};

/** The one sample of a metric without labels. */
export const one = (value: number): readonly Sample[] => [{ labels: {}, value }];

/** No sample where there is nothing to say. */
export const maybe = (value: number | null): readonly Sample[] => (value === null ? [] : one(value));

/** One sample for each value of a label. */
export const each = (labelName: string, values: Readonly<Record<string, number>>): readonly Sample[] =>
  Object.entries(values).map(([label, value]) => ({ labels: { [labelName]: label }, value }));
