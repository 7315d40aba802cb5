import test from 'ava';
import { headerNameProblem, isToken } from '../../../src/core/ticket/reserved-header.ts';

const reserved = test.macro({
  exec(t, name: string, message: RegExp) {
    t.regex(headerNameProblem(name) ?? '', message);
  },
  title: (_, name: string, message: RegExp) =>
    `${JSON.stringify(name)} may not stand in a ticket: ${message.source}`,
});

for (const name of [
  'Connection',
  'Proxy-Connection',
  'Keep-Alive',
  'Transfer-Encoding',
  'TE',
  'Trailer',
  'Upgrade',
  'HTTP2-Settings',
  'Proxy-Authenticate',
  'Proxy-Authorization',
]) {
  test(reserved, name, /^is reserved, it belongs to one connection .*: use another header$/);
}
test(reserved, 'close', /option of Connection: use another header/);
test(reserved, 'Host', /write the ticket on the Ingress of that host/);
test(reserved, 'Cookie', /use "cookie": \{"name": "value"\}/);
test(reserved, 'Authorization', /a ticket is routing, not authentication: use a header or cookie of its own/);
test(reserved, 'Content-Length', /how the message is framed, not who sent it/);
test(reserved, 'Forwarded', /use "sourceIP"/);
test(reserved, 'X-Forwarded-For', /use "sourceIP"/);
test(reserved, 'x-forwarded-anything', /use "sourceIP"/);
test(reserved, 'X-Real-IP', /use "sourceIP"/);
test(reserved, 'X-Request-Id', /"percent" without "hashOn"/);
test(reserved, 'x-sluice-track', /set by the router itself/);
test(reserved, 'X_Real_IP', /use "sourceIP"/);
test(reserved, 'x_forwarded-for', /use "sourceIP"/);
test(reserved, 'X_Sluice_Track', /set by the router itself/);
test(reserved, ':method', /pseudo-header of HTTP\/2: use "method"/);
test(reserved, ':path', /belong into the rules of the Ingress/);
test(reserved, '', /is no header name/);
test(reserved, 'foo bar', /is no header name/);
test(reserved, 'foo:', /is no header name/);
test(reserved, 'föö', /is no header name/);
test(reserved, 'foo\r\nbar', /is no header name/);

const allowed = test.macro({
  exec(t, name: string) {
    t.is(headerNameProblem(name), undefined);
  },
  title: (_, name) => `${name} may stand in a ticket`,
});

for (const name of [
  'foo',
  'X-Uid',
  'user-agent',
  'foo_bar',
  'x-forwarded',
  'x-sluice',
  'constructor',
  '__proto__',
]) {
  test(allowed, name);
}

test('a token is what RFC 9110 5.6.2 says, character by character', t => {
  const tokens = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter(isToken);
  t.is(tokens.join(''), "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~");
  t.false(isToken(''));
});
