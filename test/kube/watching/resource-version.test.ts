import test from 'ava';
import { isNoNewer } from '../../../src/kube/watching/resource-version.ts';

const compares = test.macro<[version: string, than: string, expected: boolean]>({
  exec(t, version, than, expected) {
    t.is(isNoNewer(version, than), expected);
  },
  title: (_, version, than, expected) =>
    `${JSON.stringify(version)} is ${expected ? '' : 'not known to be '}no newer than ${JSON.stringify(than)}`,
});

test(compares, '5', '5', true);
test(compares, '5', '6', true);
test(compares, '6', '5', false);
test(compares, '9', '10', true);
test(compares, '10', '9', false);
test(compares, '99999999999999999998', '99999999999999999999', true);
// Nothing is known of versions that are no counters.
test(compares, 'abc', 'abd', false);
test(compares, '', '5', false);
test(compares, '5', '', false);
test(compares, '05', '6', false);
