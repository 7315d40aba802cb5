import test from 'ava';
import { bcryptFits } from '../../../router/policies/bcrypt-hash.ts';

// Made by crypt(3) of libxcrypt, which nginx asks too.
const SECRET = {
  y: '$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW',
  a: '$2a$05$c4WoMPo3SXsafkva.HHa6u7b1XOWKqA7XZANDrnv4IVny/8ABNR66',
  b: '$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW',
};
const EMPTY = '$2y$04$abcdefghijklmnopqrstuubyCG3zY1GIXMyxfivm.ClDiInHzxjiq';
const SEVENTY_TWO = '$2y$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i';
const UNICODE = '$2y$04$abcdefghijklmnopqrstuu/RgJdRsBDGU8ezTORdJeXRIcLd3PpSG';

const fits = test.macro({
  exec(t, password: string | Buffer, hash: string, expected: boolean) {
    t.is(bcryptFits(Buffer.from(password), hash), expected);
  },
  title: (title, password, hash, expected) =>
    title ?? `${JSON.stringify(String(password))} ${expected ? 'fits' : 'does not fit'} ${hash}`,
});

for (const hash of Object.values(SECRET)) {
  test(fits, 'secret', hash, true);
  test(fits, 'Secret', hash, false);
  test(fits, '', hash, false);
}
test(fits, '', EMPTY, true);
test(fits, 'pässwörd€𝄞', UNICODE, true);
test('72 bytes count', fits, 'x'.repeat(72), SEVENTY_TWO, true);
test('and no more than 72', fits, `${'x'.repeat(72)}yz`, SEVENTY_TWO, true);
test('of those each one counts', fits, 'x'.repeat(71), SEVENTY_TWO, false);
test('bytes that are no UTF-8 fit nothing', fits, Buffer.from([0x73, 0xff]), SECRET.y, false);
test('a BOM is a part of the password', fits, '\ufeffsecret', SECRET.y, false);
// bcrypt repeats the password with its NUL: without a look, "" and "\0" would be one.
test('a NUL fits nothing', fits, '\0', EMPTY, false);
