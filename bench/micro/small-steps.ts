import { randomFillSync } from 'node:crypto';
import { hostOfAuthority } from '../../router/http1/authority.ts';
import { FieldTable } from '../../router/http1/field-table.ts';
import { randomId } from '../../router/random.ts';
import { compare } from './interleaved.ts';

/** Small steps of each request, next to what they replaced. */
const batch = Buffer.alloc(4_096);
const hexPairs = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'));
const target = Buffer.alloc(64);
const written = (id: string): number => target.write(id, 'latin1');

const nextStart = (at: number): number => {
  const start = (at * 16) % batch.length;
  if (start === 0) randomFillSync(batch);
  return start;
};

const idOfPairs = (start: number): string => {
  let id = '';
  for (let at = start; at < start + 16; at += 1) id += hexPairs[batch[at] ?? 0];
  return id;
};

compare('An id of 128 random bits, written once', [
  {
    name: "toString('hex') of 16 bytes",
    run: at => written(batch.toString('hex', nextStart(at), nextStart(at) + 16)),
  },
  { name: 'table of two-digit strings', run: at => written(idOfPairs(nextStart(at))) },
  { name: 'randomId: cut from the digits of 512 bytes', run: () => written(randomId()) },
]);

const AUTHORITY = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{0,5}))?$/i;
const heads = Array.from({ length: 100 }, (_, at) => `Host: shop-${at % 10}.bench.test\r\n`);
const sentHost = (at: number): string => heads[at % heads.length]?.slice(6, -2) ?? '';

compare('The host of alternating authorities', [
  { name: 'regular expression', run: at => AUTHORITY.exec(sentHost(at))?.[1]?.toLowerCase() },
  { name: 'hostOfAuthority', run: at => hostOfAuthority(sentHost(at)) },
]);

const SENT = ['keep-alive', 'Keep-Alive', 'close'];
const optionsOf = (value: string): readonly string[] =>
  value
    .toLowerCase()
    .split(',')
    .map(option => option.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter(option => option !== '');
const tables = SENT.map(value => {
  const fields = new FieldTable(4);
  fields.scan(`Connection: ${value}\r\n`, 0);
  return fields;
});

compare('The options of Connection', [
  { name: 'a list, made', run: at => optionsOf(SENT[at % SENT.length] ?? '') },
  { name: 'FieldTable.connectionOptions', run: at => tables[at % tables.length]?.connectionOptions(0) },
]);
