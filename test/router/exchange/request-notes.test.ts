import test from 'ava';
import { RequestNotes } from '../../../router/exchange/request-notes.ts';

test('cookies of the router are for TLS alone where the client came by it, and once', t => {
  const notes = new RequestNotes();
  notes.mintedLines = 'Set-Cookie: a=1; Path=/\r\nSet-Cookie: b=2; Path=/; Secure\r\n';
  notes.responseLines = 'Set-Cookie-Like: x\r\n';
  const bound = 'Set-Cookie: c=3; HttpOnly\r\n';
  t.is(notes.addedLines(bound), notes.mintedLines + bound + notes.responseLines);
  notes.scheme = 'https';
  t.is(
    notes.addedLines(bound),
    'Set-Cookie: a=1; Path=/; Secure\r\nSet-Cookie: b=2; Path=/; Secure\r\nSet-Cookie: c=3; HttpOnly; Secure\r\nSet-Cookie-Like: x\r\n',
  );
  const own = notes.ownAnswer({ status: 404, code: 'NoRoute', reason: 'No.' }, false, '');
  t.regex(own, /\r\nSet-Cookie: a=1; Path=\/; Secure\r\n/);
});
