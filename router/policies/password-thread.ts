// The thread in which passwords are hashed, one after the other. Started and led by password-verifier.ts.
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { bcryptFits } from './bcrypt-hash.ts';
import { passwordFits } from './password-hash.ts';
import type { PasswordQuestion } from './password-verifier.ts';

/** Where cores are scarce, the event loops come first: this thread then gets about a tenth of one. */
const NICENESS = 10;

// Linux takes it for the calling thread, other systems for the whole process.
if (process.platform === 'linux') setPriority(NICENESS);

parentPort?.on('message', ({ password, hash }: PasswordQuestion) => {
  const fits = hash.startsWith('$2') ? bcryptFits(password, hash) : passwordFits(Buffer.from(password), hash);
  parentPort?.postMessage(fits);
});
