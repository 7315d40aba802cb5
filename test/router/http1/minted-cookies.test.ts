import test from 'ava';
import { MintedCookies } from '../../../router/http1/minted-cookies.ts';

test('each cookie is minted once, set with its age, and forgotten with its request', t => {
  const minted = new MintedCookies();
  const grey = minted.mint('grey', 60);
  t.regex(grey, /^[0-9a-f]{32}$/);
  t.is(minted.mint('grey', 5), grey);
  const other = minted.mint('other', null);
  t.not(other, grey);
  t.is(
    minted.lines(),
    `Set-Cookie: grey=${grey}; Path=/; HttpOnly; SameSite=Lax; Max-Age=60\r\n` +
      `Set-Cookie: other=${other}; Path=/; HttpOnly; SameSite=Lax\r\n`,
  );
  minted.clear();
  t.is(minted.lines(), '');
  t.not(minted.mint('grey', 60), grey);
});
