import test from 'ava';
import { formatProblem } from '../../src/core/problem.ts';
import { MAX_TCP_PORTS, readTcpPortSpecs, type TcpPortSpec } from '../../src/core/tcp-port-spec.ts';
import { EVERY_TCP_PORT, NO_TCP_PORTS, type TcpPortOptions } from '../../src/core/tcp-ports.ts';
import { service, tcpPort } from '../helpers/kubernetes-objects.ts';

const MYSQL = service('mysql', {
  ports: [
    tcpPort(3306, { name: 'mysql' }),
    tcpPort(33_060, { name: 'x' }),
    tcpPort(53, { name: 'dns', protocol: 'UDP' }),
  ],
});

const read = (text: string, options: TcpPortOptions = EVERY_TCP_PORT) =>
  readTcpPortSpecs(text, { service: MYSQL, options });

const specs = test.macro({
  exec(t, text: string, expected: readonly TcpPortSpec[]) {
    t.deepEqual(read(text), { specs: expected, problems: [] });
  },
  title: (_, text) => `${JSON.stringify(text)} is read`,
});

test(specs, '33306:3306', [{ port: 33_306, servicePort: 3306 }]);
test(specs, ' 33306:mysql ,1:x', [
  { port: 33_306, servicePort: 'mysql' },
  { port: 1, servicePort: 'x' },
]);

const ADVICE =
  'must be "<port of the router>:<port of the Service, by number or name>", several with commas between, e.g. "33306:3306".';
const PORTS = 'its ports are: 3306 (mysql), 33060 (x), 53/UDP (dns). Name one of them, by number or name.';

/** About a port, or about what is written. */
const value = (entry: string, code: string): string | undefined =>
  code === 'PortNotAllowed' ? entry.split(':')[0] : entry.trim();

const refusals = test.macro({
  exec(t, entry: string, code: string, message: string, options?: TcpPortOptions) {
    const { specs: found, problems } = read(`33300:3306,${entry}`, options);
    t.deepEqual(problems.map(formatProblem), [
      `${code} metadata.annotations[sluice.dev/tcp] ${JSON.stringify(value(entry, code))}: ${message}`,
    ]);
    t.deepEqual(found, [{ port: 33_300, servicePort: 3306 }]);
  },
  title: (_, entry, code) => `${JSON.stringify(entry)} is ${code}, and what stands beside it is read`,
});

for (const entry of [
  '',
  '33306',
  '33306:',
  ':3306',
  '0:3306',
  '65536:3306',
  '33306:65536',
  '33306:3306:1',
  '1.5:3306',
  '033306:3306',
  '33306:My_SQL',
  '33306->3306',
])
  test(refusals, entry, 'AnnotationInvalid', ADVICE);
test(refusals, '33306:3307', 'AnnotationInvalid', `the Service has no TCP port 3307; ${PORTS}`);
test(refusals, '33306:dns', 'AnnotationInvalid', `the Service has no TCP port dns; ${PORTS}`);
test(
  refusals,
  '33300:mysql',
  'AnnotationInvalid',
  'names port 33300 twice; the first of both holds. Take one of them out.',
);
test(
  refusals,
  '33299:3306',
  'PortNotAllowed',
  'port 33299 is none of the TCP ports of this installation; use one of 6379, 33300-33310, or have it declared (--tcp-ports).',
  { tcpPorts: [6379], tcpPortRange: { from: 33_300, to: 33_310 } },
);

test('an installation without TCP ports says so', t => {
  const { specs: found, problems } = read('33306:3306', NO_TCP_PORTS);
  t.deepEqual(found, []);
  t.deepEqual(
    problems.map(({ code }) => code),
    ['PortNotAllowed'],
  );
  t.regex(problems[0]?.message ?? '', /this installation has no TCP ports/);
});

test('a Service gets so many ports and no more', t => {
  const text = Array.from({ length: MAX_TCP_PORTS + 2 }, (_, at) => `${40_000 + at}:3306`).join(',');
  const { specs: found, problems } = read(text);
  t.is(found.length, MAX_TCP_PORTS);
  t.is(problems.length, 1);
  t.regex(problems[0]?.message ?? '', /names 66 ports, at most 64 are opened/);
});
