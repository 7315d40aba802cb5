import test from 'ava';
import { parseTickets } from '../../../src/core/ticket/ticket-grammar.ts';
import { codesAndFields } from '../../helpers/problem-lines.ts';

const good = test.macro({
  exec(t, written: unknown) {
    t.deepEqual(parseTickets(written, 't', 'tcp'), parseTickets(written, 't'));
    t.deepEqual(parseTickets(written, 't', 'tcp').problems, []);
  },
  title: (_, written) => `${JSON.stringify(written)} means the same on TCP`,
});

test(good, { sourceIP: ['10.0.0.0/8', '2001:db8::/32'], to: 'beta', description: 'the office' });
test(good, { percent: 5 });
test(good, { percent: 0.25, hashOn: 'sourceIP', salt: 's', expires: '2026-11-11T00:00:00Z' });
test(good, [{ sourceIP: ['192.0.2.7'], to: 'stable' }, { percent: 100 }]);

const bad = test.macro({
  exec(t, written: unknown, fields: readonly string[]) {
    const { tickets, problems } = parseTickets([written, { percent: 1 }], 't', 'tcp');
    t.deepEqual(
      codesAndFields(problems),
      fields.map(field => `TicketInvalid t[0]${field}`),
    );
    t.deepEqual(
      tickets.map(({ index }) => index),
      [1],
    );
  },
  title: (_, written) => `${JSON.stringify(written)} is TicketInvalid on TCP`,
});

test(bad, { header: { foo: 'bar' }, percent: 5 }, ['.header']);
test(bad, { header: { foo: { regex: '(' } } }, ['.header']);
test(bad, { cookie: { foo: 'bar' }, query: { a: 'b' }, method: ['GET'], percent: 5 }, [
  '.cookie',
  '.query',
  '.method',
]);
test(bad, { percent: 5, services: ['mysql'] }, ['.services']);
test(bad, { percent: 5, sticky: { cookie: 'id' } }, ['.sticky']);
test(bad, { percent: 5, hashOn: 'header:X-Uid' }, ['.hashOn']);
test(bad, { percent: 5, hashOn: 'nothing' }, ['.hashOn']);
test(bad, { percent: 5, salt: 's' }, ['.salt']);
test(bad, { sourceIp: ['10.0.0.0/8'], percent: 5 }, ['.sourceIp']);
test(bad, {}, ['']);
test(bad, 'percent', ['']);

test('what is said of a ticket on TCP names only what a connection shows', t => {
  for (const written of [{}, 7, { header: {} }, { percent: 5, salt: 's' }, { weight: 5 }])
    for (const { message } of parseTickets(written, 't', 'tcp').problems)
      t.notRegex(message, /header|cookie|query|sticky|method/);
});
