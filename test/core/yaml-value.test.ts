import test from 'ava';
import fc from 'fast-check';
import { parseYamlValue } from '../../src/core/yaml-value.ts';
import { anyText } from '../helpers/any-text.ts';
import { jsonOf } from '../helpers/arbitrary-json.ts';
import { assertPrintable } from '../helpers/problem-lines.ts';

const values = test.macro({
  exec(t, text: string, value: unknown) {
    t.deepEqual(parseYamlValue(text), { ok: true, value });
  },
  title: (_, text) => `${JSON.stringify(text)} is read`,
});

test(values, '{"header": {"foo": "bar"}}', { header: { foo: 'bar' } });
test(values, 'header: {foo: bar}', { header: { foo: 'bar' } });
test(values, '- header:\n    foo: bar\n- percent: 5\n', [{ header: { foo: 'bar' } }, { percent: 5 }]);
test(values, 'a: "1"\nb: 1\nc: yes\nd: true\ne: ~\nf:', {
  a: '1',
  b: 1,
  c: 'yes',
  d: true,
  e: null,
  f: null,
});
test(values, 'expires: 2026-11-11T00:00:00+08:00', { expires: '2026-11-11T00:00:00+08:00' });
test(values, '1: a\n2.50: b\ntrue: c\nnull: d', { 1: 'a', '2.50': 'b', true: 'c', null: 'd' });
test(values, 'text', 'text');
test(values, '', null);
test(values, '# only a comment\n', null);
test(values, 'a: .inf', { a: null });
test(values, '---\na: 1\n...\n', { a: 1 });
test(values, '<<: {a: 1}', { '<<': { a: 1 } });
test(values, 'a: &anchor [1]', { a: [1] });
// Neither a directive nor a tag leads out of JSON.
test(values, '%YAML 1.1\n---\na: yes\nb: 2026-01-31\n<<: 5', { a: 'yes', b: '2026-01-31', '<<': 5 });
test(values, 'a: !!binary aGk=\nb: !!timestamp 2026-01-31\nc: !!omap [a: 1]\nd: !mine x', {
  a: 'aGk=',
  b: '2026-01-31',
  c: [{ a: 1 }],
  d: 'x',
});

const refusals = test.macro({
  exec(t, text: string, message: string) {
    t.deepEqual(parseYamlValue(text), { ok: false, message });
  },
  title: (title, text) => title ?? `${JSON.stringify(text)} is refused`,
});

test(refusals, '{"a":1,"a":2}', 'has the key "a" twice; remove one of them (line 1, column 8).');
test(refusals, 'a: 1\nb: 2\na: 3', 'has the key "a" twice; remove one of them (line 3, column 1).');
test(refusals, '1: a\n"1": b', 'has the key "1" twice; remove one of them (line 2, column 1).');
test(refusals, '- x: {b: 1, "b": 1}', 'has the key "b" twice; remove one of them (line 1, column 13).');
test(
  refusals,
  '{"__proto__":1,"__proto__":2}',
  'has the key "__proto__" twice; remove one of them (line 1, column 16).',
);
test(refusals, 'a: &x [1]\nb: *x', 'uses a YAML alias; write the value out (line 2, column 4).');
test(refusals, 'a: &x {b: 1}\nc: {<<: *x}', 'uses a YAML alias; write the value out (line 2, column 9).');
test(refusals, 'a: 1\n---\nb: 2', 'holds more than one YAML document; keep one (line 2, column 1).');
test(refusals, '{[a]: b}', 'has a key that is no plain text; write it in quotes (line 1, column 2).');
test(refusals, '? {a: b}\n: c', 'has a key that is no plain text; write it in quotes (line 1, column 3).');
test(
  refusals,
  'a: b: c',
  'is neither JSON nor YAML: Nested mappings are not allowed in compact mappings (line 1, column 4).',
);
test(refusals, '{"a": ', 'is neither JSON nor YAML: Flow map must end with a } (line 1, column 7).');
test(
  'more than 64 KiB are refused, counted in bytes',
  refusals,
  'é'.repeat(32_769),
  'is longer than 65536 bytes; shorten it.',
);

test('64 KiB are read', t => {
  t.deepEqual(parseYamlValue('é'.repeat(32_768)), { ok: true, value: 'é'.repeat(32_768) });
});

const TOO_DEEP = 'nests too deeply; nothing that is read here needs more than a few levels.';
for (const [name, text] of Object.entries({
  '60,000 open brackets': '['.repeat(60_000),
  '32,000 closed brackets': '['.repeat(32_000) + ']'.repeat(32_000),
  '12,000 objects in JSON': '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000),
  '16,000 flow maps': '{a: '.repeat(16_000),
  '30,000 block sequences': '- '.repeat(30_000),
  '30,000 explicit keys': '? '.repeat(30_000),
  '350 indented maps': Array.from({ length: 350 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
})) {
  test(`${name} are told to nest less, without a word of stacks`, refusals, text, TOO_DEEP);
}

test('the billion laughs are refused before anybody laughs', t => {
  const lines = Array.from(
    { length: 20 },
    (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`,
  );
  const parsed = parseYamlValue(`l0: &l0 lol\n${lines.join('\n')}`);
  t.false(parsed.ok);
  t.regex(parsed.ok ? '' : parsed.message, /alias; write the value out/);
});

test('names on the prototype are keys like any other', t => {
  const parsed = parseYamlValue('__proto__: {polluted: true}\nconstructor: {prototype: {polluted: true}}');
  const value: unknown = parsed.ok ? parsed.value : {};
  t.deepEqual(Object.keys(value as object), ['__proto__', 'constructor']);
  t.is(Reflect.get({}, 'polluted'), undefined);
  t.is(Reflect.getPrototypeOf(value as object), Object.prototype);
});

test('6,000 keys without a duplicate are read, and the duplicate among them is found', t => {
  const keys = Array.from({ length: 6_000 }, (_, i) => `k${i}: 1`);
  t.true(parseYamlValue(keys.join('\n')).ok);
  const twice = parseYamlValue([...keys, 'k0: 2'].join('\n'));
  t.is(twice.ok ? '' : twice.message, 'has the key "k0" twice; remove one of them (line 6001, column 1).');
});

test('JSON means in YAML what it means in JSON', t => {
  fc.assert(
    fc.property(jsonOf(['header', 'foo', '1', '<<']), value => {
      const text = JSON.stringify(value);
      t.deepEqual(parseYamlValue(text), { ok: true, value: JSON.parse(text) });
    }),
    { numRuns: 500 },
  );
});

test('any text is read or answered with one printable line', t => {
  const text = fc.oneof(
    anyText(),
    fc.string({
      unit: fc.constantFrom(
        'a',
        ':',
        ' ',
        '\n',
        '\r',
        '\t',
        '-',
        '?',
        '[',
        ']',
        '{',
        '}',
        '"',
        "'",
        '&',
        '*',
        '!',
        '|',
        '>',
        '%',
        '#',
        ',',
        '\\',
        '\x1b',
        '\u2028',
        '<<',
        '---',
        '...',
        '!!binary ',
        '%YAML 1.1\n',
      ),
      maxLength: 40,
    }),
  );
  fc.assert(
    fc.property(text, written => {
      const parsed = parseYamlValue(written);
      if (parsed.ok) t.notThrows(() => JSON.stringify(parsed.value));
      else assertPrintable(t, [{ code: 'AnnotationInvalid', field: 'a', message: parsed.message }]);
    }),
    { numRuns: 3000 },
  );
});
