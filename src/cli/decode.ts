import { decodeHostKey, hostKey } from '../core/host-key.ts';
import { shownValue } from '../core/problem.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

export type DecodeFlags = { readonly entry: string; readonly output: 'text' | 'json' };

/** `sluice decode KEY`: the host that a key stands for. */
export const decode = (text: string, { entry, output }: DecodeFlags, terminal: Terminal): ExitCode => {
  const decoded = decodeHostKey(text.toLowerCase());
  if (decoded === undefined) {
    terminal.complain(
      `sluice decode: ${shownValue(text)} is no host key; a key is the hex of a host followed by 32 hex digits, as \`sluice encode HOST\` prints it.`,
    );
    return EXIT.no;
  }
  const { host } = decoded;
  const ours = hostKey(host, entry) === text.toLowerCase();
  if (output === 'json')
    terminal.print(JSON.stringify({ host, digest: decoded.digest, entry: ours ? entry : null }));
  else terminal.print(host === '' ? '(all hosts)' : host);
  if (!ours && output === 'text') {
    terminal.complain(`note: the key belongs to another entry than ${shownValue(entry)} (--entry).`);
  }
  return EXIT.fine;
};
