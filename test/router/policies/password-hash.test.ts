import test from 'ava';
import { passwordFits } from '../../../router/policies/password-hash.ts';

// Made by `openssl passwd` and `openssl sha1`.
const vectors = test.macro({
  exec(t, password: string, hash: string) {
    t.true(passwordFits(Buffer.from(password), hash));
    t.false(passwordFits(Buffer.from(`${password}x`), hash));
    t.false(passwordFits(Buffer.from(password), hash.slice(0, -1)));
    t.false(passwordFits(Buffer.from(password), `${hash}=`));
  },
  title: (_, password, hash) => `${JSON.stringify(password)} is ${hash}`,
});

test(vectors, 'secret', '$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/');
test(vectors, 'a much longer password than sixteen bytes', '$1$xyz$xWhO8uyC946UGU5nP1wI81');
test(vectors, '', '$apr1$x$tMwYqBfQwi3FYAr0aJc8M/');
test(vectors, 'secret', '{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=');

for (const hash of ['', 'secret', '{PLAIN}secret', '$2y$05$abcdefghijklmnopqrstuv', '$apr1$', '{SHA}'])
  test(`${JSON.stringify(hash)} fits no password`, t => {
    for (const password of ['', 'secret', hash]) t.false(passwordFits(Buffer.from(password), hash));
  });
