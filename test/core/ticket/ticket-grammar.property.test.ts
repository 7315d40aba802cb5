import test from 'ava';
import fc from 'fast-check';
import { parseTickets } from '../../../src/core/ticket/ticket-grammar.ts';
import { writtenTicket } from '../../helpers/request-facts.ts';
import { ticketOf } from './matcher-contract.ts';

test('every generated valid ticket is read without a problem', t => {
  fc.assert(
    fc.property(fc.array(writtenTicket, { maxLength: 5 }), written => {
      const { tickets, problems } = parseTickets(written, 'tickets');
      t.deepEqual(problems, []);
      t.is(tickets.length, written.length);
      // The plan goes to the workers as JSON.
      t.deepEqual(JSON.parse(JSON.stringify(tickets)), tickets);
    }),
    { numRuns: 500 },
  );
});

const FIELD_NAMES = [
  'header',
  'cookie',
  'query',
  'method',
  'sourceIP',
  'percent',
  'hashOn',
  'salt',
  'sticky',
  'to',
  'services',
  'expires',
  'description',
  'regex',
  'in',
  'exact',
  'present',
  '__proto__',
  'x',
];

test('any JSON value is read without throwing, and each refused ticket has its problem', t => {
  const { value } = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.oneof(
        fc.jsonValue({ maxDepth: 1 }),
        fc.double(),
        fc.constantFrom('cookie:a', 'a', '(', '10.0.0.0/8', 5, true),
      ),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom(...FIELD_NAMES), tie('value'), { maxKeys: 5 }),
    ),
  }));
  fc.assert(
    fc.property(value, written => {
      const { tickets, problems } = parseTickets(written, 'tickets');
      const count = Array.isArray(written) ? written.length : 1;
      t.true(tickets.length === count ? problems.length === 0 : problems.length > 0);
      for (const { message } of problems) t.regex(message, /^[^\n]*[.?]$/);
    }),
    { numRuns: 3000 },
  );
});

test('nesting as deep as JSON allows is harmless', t => {
  const deep = JSON.parse(`${'[{"header":'.repeat(20_000)}1${'}]'.repeat(20_000)}`);
  const { tickets, problems } = parseTickets([{ header: { foo: deep } }, { percent: deep }, deep], 'tickets');
  t.deepEqual(tickets, []);
  t.true(problems.length >= 3);
});

test('the same input gives the same tickets whatever the order of its keys', t => {
  const one = { header: { a: '1', b: '2' }, percent: 5, hashOn: 'cookie:u' };
  const other = { hashOn: 'cookie:u', percent: 5, header: { b: '2', a: '1' } };
  t.deepEqual(ticketOf(one), ticketOf(other));
});
