import test from 'ava';
import { KeptBody } from '../../../router/exchange/kept-body.ts';
import { SMALL_BODY_BYTES } from '../../../router/http1/body-framing.ts';

test('what passes is kept as long as it is small, and passes in any case', t => {
  let passed = '';
  const kept = new KeptBody().passingTo({
    bodyText: text => {
      passed += text;
    },
    bodyBytes: (buffer, start, end) => {
      passed += buffer.toString('latin1', start, end);
    },
  });
  kept.bodyText('one ');
  kept.bodyBytes(Buffer.from('xtwo\xff y', 'latin1'), 1, 6);
  kept.keep('three');
  t.is(kept.text, 'one two\xff three');
  t.is(passed, 'one two\xff ');
  kept.bodyBytes(Buffer.alloc(SMALL_BODY_BYTES), 0, SMALL_BODY_BYTES);
  t.is(kept.text, null);
  t.is(passed.length, 9 + SMALL_BODY_BYTES);
  kept.keep('more');
  t.is(kept.text, null);
  kept.begin();
  t.is(kept.text, '');
});
