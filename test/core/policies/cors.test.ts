import test from 'ava';
import { readCors } from '../../../src/core/policies/cors.ts';
import { grammarMacro } from './policy-grammar.ts';

const rows = test.macro(grammarMacro(readCors));
const cors = (parts: object = {}) => ({
  kind: 'cors',
  origins: null,
  methods: 'GET, PUT, POST, DELETE, PATCH, OPTIONS',
  headers:
    'DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization',
  exposedHeaders: null,
  credentials: true,
  maxAgeSeconds: 1_728_000,
  ...parts,
});
const on = { 'enable-cors': 'true' };

test(rows, {}, undefined);
test(rows, { 'enable-cors': 'false', 'cors-max-age': '5' }, undefined);
test(rows, on, cors());
test(rows, { ...on, 'cors-allow-origin': '*' }, cors());
test(
  rows,
  { ...on, 'cors-allow-origin': 'https://A.com:8443, http://*.b.com' },
  cors({ origins: ['https://a.com:8443', 'http://*.b.com'] }),
);
test(
  rows,
  {
    ...on,
    'cors-allow-methods': 'GET, PUT',
    'cors-allow-headers': 'X-A,X_B',
    'cors-expose-headers': '*',
    'cors-allow-credentials': 'false',
    'cors-max-age': '600',
  },
  cors({
    methods: 'GET, PUT',
    headers: 'X-A,X_B',
    exposedHeaders: '*',
    credentials: false,
    maxAgeSeconds: 600,
  }),
);
// The default would be every origin; none is what a mistake opens.
for (const value of [
  '',
  'a.com',
  'https://',
  'https://*',
  'https://a.*.com',
  'https://a.com/x',
  'https://a.com,',
  'https://a.com\r\nX: 1',
])
  test(rows, { ...on, 'cors-allow-origin': value }, cors({ origins: [] }), {
    problems: ['cors-allow-origin'],
  });
for (const name of ['cors-allow-methods', 'cors-allow-headers', 'cors-expose-headers'])
  for (const value of ['', 'A;B', 'A\r\nB', 'A,,B'])
    test(rows, { ...on, [name]: value }, cors(), { problems: [name] });
test(rows, { ...on, 'cors-max-age': '-1' }, cors(), { problems: ['cors-max-age'] });
test(rows, { 'enable-cors': 'yes' }, undefined, { problems: ['enable-cors'] });
