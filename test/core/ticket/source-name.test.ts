import test from 'ava';
import type { GrammarContext } from '../../../src/core/ticket/grammar-context.ts';
import { type NamedSource, readSourceName } from '../../../src/core/ticket/source-name.ts';

const names = test.macro({
  exec(t, source: NamedSource, written: string, name: string | undefined) {
    const context: GrammarContext = { problems: [], regexCount: 0, tooLargeRegexes: 0 };
    t.is(readSourceName(context, written, { source, field: 'f' }), name);
    t.is(context.problems.length, name === undefined ? 1 : 0);
  },
  title: (_, source, written: string, name) =>
    `${source} ${JSON.stringify(written).slice(0, 40)} is ${name === undefined ? 'refused' : 'a name'}`,
});

test(names, 'header', 'X-Foo', 'x-foo');
test(names, 'header', 'föö', undefined);
test(names, 'header', 'Host', undefined);
test(names, 'header', '', undefined);
test(names, 'cookie', 'Uid', 'Uid');
test(names, 'cookie', 'Host', 'Host');
test(names, 'cookie', 'a b', 'a b');
test(names, 'cookie', 'é', 'é');
test(names, 'cookie', 'a=b', undefined);
test(names, 'cookie', 'a;b', undefined);
test(names, 'cookie', ' a', undefined);
test(names, 'cookie', 'a\n', undefined);
test(names, 'cookie', '', undefined);
test(names, 'query', 'a=b&c d', 'a=b&c d');
test(names, 'query', '', undefined);
test(names, 'query', 'x'.repeat(4097), undefined);
