import test from 'ava';
import { referenceMatches } from '../../../src/core/ticket/reference-ticket.ts';
import { factsOf } from '../../helpers/request-facts.ts';
import { CONTRACT, type ContractRow, ticketOf } from './matcher-contract.ts';

const contract = test.macro({
  exec(t, [, written, request, expected]: ContractRow) {
    t.is(referenceMatches(ticketOf(written), 'taobao.com', factsOf(request)), expected);
  },
  title: (_, [title, , , expected]: ContractRow) => `${title}: ${expected ? 'matches' : 'does not match'}`,
});

for (const row of CONTRACT) test(contract, row);
