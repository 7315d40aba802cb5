import { isTokenChar, isValueChar } from '../../router/http1/characters.ts';
import { FieldTable } from '../../router/http1/field-table.ts';
import { loadBytes, tokenEnd, valueEnd } from '../../router/http1/head-bytes.ts';
import { requestText } from '../load/request-text.ts';
import { compare } from './interleaved.ts';

/** Ways to find the field lines of a browser's request head of 600 bytes. */
const texts = Array.from({ length: 100 }, (_, at) => {
  const text = requestText('get', `shop-${at % 10}.bench.test`, at < 10);
  return Buffer.from(text, 'latin1').toString('latin1', 0, text.length - 2);
});
const textAt = (at: number): string => texts[at % texts.length] ?? '';
const start = textAt(0).indexOf('\r\n') + 2;
const table = new FieldTable(100);
const VALUE = /[\t\x20-\x7e\x80-\xff]*/y;

const linesByCharacter = (text: string): number => {
  let at = start;
  let lines = 0;
  while (at < text.length) {
    while (isTokenChar(text.charCodeAt(at))) at += 1;
    at += 1;
    while (isValueChar(text.charCodeAt(at))) at += 1;
    at += 2;
    lines += 1;
  }
  return lines;
};

const linesByRegExp = (text: string): number => {
  let at = start;
  let lines = 0;
  while (at < text.length) {
    while (isTokenChar(text.charCodeAt(at))) at += 1;
    VALUE.lastIndex = at + 1;
    VALUE.test(text);
    at = VALUE.lastIndex + 2;
    lines += 1;
  }
  return lines;
};

const linesByBytes = (text: string): number => {
  loadBytes(text);
  let at = start;
  let lines = 0;
  while (at < text.length) {
    at = valueEnd(tokenEnd(at) + 1) + 2;
    lines += 1;
  }
  return lines;
};

compare('Field lines of a request head', [
  { name: 'charCodeAt for each character', run: at => linesByCharacter(textAt(at)) },
  { name: 'sticky regular expression for values', run: at => linesByRegExp(textAt(at)) },
  { name: 'copied to bytes, values by words', run: at => linesByBytes(textAt(at)) },
  { name: 'FieldTable.scan, with kinds and positions', run: at => table.scan(textAt(at), start) },
]);
