import test from 'ava';
import { CONTROLLER_FAMILIES } from '../../src/admin/controller-families.ts';
import type { MetricFamily } from '../../src/admin/metric-family.ts';
import { ROUTER_FAMILIES } from '../../src/admin/router-families.ts';
import { WATCH_FAMILIES } from '../../src/admin/watch-families.ts';
import { quotedIn, read } from '../helpers/documents.ts';
import { sectionOf, tableRows } from '../helpers/markdown.ts';

type Described = Omit<MetricFamily<never>, 'samples'>;

/** The section of docs/metrics.md that lists them. */
const DOCUMENTED: Readonly<Record<string, readonly Described[]>> = {
  'Metrics of a router': ROUTER_FAMILIES,
  'Metrics of what a role follows': WATCH_FAMILIES,
  'Metrics of a controller': CONTROLLER_FAMILIES,
};

for (const [title, families] of Object.entries(DOCUMENTED)) {
  test(`${title}: names follow the conventions of Prometheus`, t => {
    for (const { kind, name, help, labelNames = [] } of families) {
      t.regex(name, /^sluice_[a-z][a-z0-9_]+$/);
      t.is(name.endsWith('_total'), kind === 'counter', name);
      t.true(help.endsWith('.'), name);
      for (const label of labelNames) t.regex(label, /^[a-z_]+$/);
    }
    t.is(new Set(families.map(({ name }) => name)).size, families.length);
  });

  test(`${title}: docs/metrics.md lists each of them, with what --help of a metric says`, t => {
    const rows = tableRows(sectionOf(read('docs/metrics.md'), title).text);
    t.deepEqual(
      rows.map(([name, kind, labels, help]) => [quotedIn([name])[0], kind, quotedIn([labels]), help]),
      families.map(({ name, kind, labelNames = [], help }) => [name, kind, [...labelNames], help]),
    );
  });
}
