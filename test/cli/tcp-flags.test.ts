import test from 'ava';
import { Command } from 'commander';
import { addTcpFlags, type TcpFlags, tcpPortOptions } from '../../src/cli/tcp-flags.ts';
import { NO_TCP_PORTS, type TcpPortOptions } from '../../src/core/tcp-ports.ts';

const read = (args: readonly string[]): TcpPortOptions | string => {
  const lines: string[] = [];
  const command = addTcpFlags(new Command('test').exitOverride(), { tcpPorts: 'none' }).configureOutput({
    writeErr: text => lines.push(text),
  });
  try {
    return tcpPortOptions(command.parse(args, { from: 'user' }).opts<TcpFlags>(), NO_TCP_PORTS);
  } catch {
    return lines.join('');
  }
};

const flags = test.macro({
  exec(t, args: readonly string[], options: TcpPortOptions) {
    t.deepEqual(read(args), options);
  },
  title: (_, args: readonly string[]) => `${args.join(' ') || 'no flag'} is read`,
});

test(flags, [], NO_TCP_PORTS);
test(flags, ['--tcp-ports', '33307,33306, 33307'], { tcpPorts: [33_306, 33_307], tcpPortRange: null });
test(flags, ['--tcp-ports', '6379', '--tcp-ports', '1,65535'], {
  tcpPorts: [1, 6_379, 65_535],
  tcpPortRange: null,
});
test(flags, ['--tcp-port-range'], { tcpPorts: [], tcpPortRange: { from: 33_000, to: 33_999 } });
test(flags, ['--tcp-port-range', '40000-40000', '--tcp-ports', '5432'], {
  tcpPorts: [5_432],
  tcpPortRange: { from: 40_000, to: 40_000 },
});

const refusals = test.macro({
  exec(t, args: readonly string[], advice: RegExp) {
    const result = read(args);
    t.regex(typeof result === 'string' ? result : '', advice);
  },
  title: (_, args: readonly string[]) => `${args.join(' ')} is refused`,
});

for (const text of ['0', '65536', '1.5', '33306,', '', '-1', '0x10', '33306;1'])
  test(refusals, [`--tcp-ports=${text}`], /Write ports from 1 to 65535/);
for (const text of ['33306', '2-1', '1-2-3', '-', '0-10', '1-65536', 'a-b'])
  test(refusals, [`--tcp-port-range=${text}`], /Write the first and the last port/);
