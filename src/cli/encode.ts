import { canonicalHost } from '../core/host.ts';
import { hostKey, MAX_KEYED_HOST_BYTES, readRuleHost } from '../core/host-key.ts';
import { shownValue } from '../core/problem.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

export type EncodeFlags = { readonly entry: string; readonly output: 'text' | 'json' };

/** `sluice encode HOST`: the key that admission would store. */
export const encode = (text: string, { entry, output }: EncodeFlags, terminal: Terminal): ExitCode => {
  const read = readRuleHost(text, [entry]);
  const host = read.kind === 'key' ? read.host : text === '' ? '' : canonicalHost(text);
  if (read.kind === 'foreign' || read.kind === 'broken') {
    terminal.complain(
      `sluice encode: ${shownValue(text)} is a host key of another entry; name its entry with --entry, or decode it first.`,
    );
    return EXIT.no;
  }
  if (host === undefined) {
    terminal.complain(
      `sluice encode: ${shownValue(text)} is no host name; write one such as taobao.com or *.taobao.com.`,
    );
    return EXIT.no;
  }
  if (host.length > MAX_KEYED_HOST_BYTES) {
    terminal.complain(
      `sluice encode: ${shownValue(host)} has ${host.length} bytes; its key would have 2 × ${host.length} + 32 = ${2 * host.length + 32} characters and the API server stores 253, so a host may have ${MAX_KEYED_HOST_BYTES}. Keep such a host with the annotation sluice.dev/rewrite: "off".`,
    );
    return EXIT.no;
  }
  const key = hostKey(host, entry);
  terminal.print(output === 'json' ? JSON.stringify({ host, entry, key }) : key);
  return EXIT.fine;
};
