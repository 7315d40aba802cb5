import test from 'ava';
import { scopeOf } from '../../src/core/ingress-scope.ts';
import { EVERY_TCP_PORT } from '../../src/core/tcp-ports.ts';
import { readTcpService, type TcpReading } from '../../src/core/tcp-reading.ts';
import type { TranslateOptions } from '../../src/core/translate.ts';
import { service, tcpPort } from '../helpers/kubernetes-objects.ts';
import { WORLD_OPTIONS } from '../helpers/stored-world.ts';

const CLUSTER = { ...WORLD_OPTIONS, everyClass: false, classes: [{ name: 'sluice', entry: '' }] };

const reading = (
  annotations: Readonly<Record<string, string>>,
  { options = WORLD_OPTIONS, name = 'mysql' }: { options?: typeof WORLD_OPTIONS; name?: string } = {},
): TcpReading | null =>
  readTcpService(service(name, { ports: [tcpPort(3306)], metadata: { annotations } }), {
    scope: scopeOf(options, [
      { kind: 'IngressClass', metadata: service('public').metadata, controller: options.controllerName },
    ]),
    options: EVERY_TCP_PORT,
  });

const ours = test.macro({
  exec(
    t,
    annotations: Readonly<Record<string, string>>,
    isOurs: boolean,
    options: TranslateOptions = CLUSTER,
  ) {
    t.is(reading(annotations, { options }) !== null, isOurs);
  },
  title: (_, annotations, isOurs, options = CLUSTER) =>
    `${JSON.stringify(annotations)} is ${isOurs ? '' : 'not '}ours ${options === CLUSTER ? 'in a cluster' : 'standalone'}`,
});

const TCP = { 'sluice.dev/tcp': '33306:3306' };

test(ours, { ...TCP, 'sluice.dev/class': 'sluice' }, true);
test(ours, { ...TCP, 'sluice.dev/class': 'public' }, true);
test(ours, { ...TCP, 'sluice.dev/class': 'other' }, false);
test(ours, TCP, false);
test(ours, { 'sluice.dev/class': 'sluice' }, false);
test(ours, TCP, true, WORLD_OPTIONS);
test(ours, { ...TCP, 'sluice.dev/class': 'any' }, true, WORLD_OPTIONS);
test(ours, { 'sluice.dev/class': 'any' }, false, WORLD_OPTIONS);

const tracks = test.macro({
  exec(t, edgeServices: string | undefined, expected: Readonly<Record<string, string>>) {
    const annotations = {
      ...TCP,
      ...(edgeServices === undefined ? {} : { 'sluice.dev/edge-services': edgeServices }),
    };
    const read = reading(annotations);
    t.deepEqual(Object.fromEntries(read?.serviceMap.get('mysql') ?? []), expected);
    t.deepEqual(read?.problems, []);
  },
  title: (_, edgeServices) => `edge-services ${JSON.stringify(edgeServices)} names tracks`,
});

test(tracks, undefined, { edge: 'mysql-edge' });
test(tracks, 'mysql-gray', { edge: 'mysql-gray' });
test(tracks, '{"edge": "a", "beta": "b"}', { edge: 'a', beta: 'b' });
test(tracks, '{}', {});

const badTracks = test.macro({
  exec(t, edgeServices: string, code: string) {
    const read = reading({ ...TCP, 'sluice.dev/edge-services': edgeServices });
    t.deepEqual(
      read?.problems.map(problem => problem.code),
      [code],
    );
    t.deepEqual(Object.fromEntries(read?.serviceMap.get('mysql') ?? []), { edge: 'mysql-edge' });
  },
  title: (_, edgeServices, code) => `edge-services ${edgeServices} is ${code}, and the usual edge stays`,
});

test(badTracks, '[', 'AnnotationInvalid');
test(badTracks, '7', 'AnnotationInvalid');
test(badTracks, '{"edge": 7}', 'AnnotationInvalid');
test(badTracks, 'My_SQL', 'EdgeServiceInvalid');
test(badTracks, 'mysql', 'EdgeServiceInvalid');
test(badTracks, '{"edge": "a", "beta": "a"}', 'EdgeServiceInvalid');
test(badTracks, '{"mysql": "mysql-gray"}', 'EdgeServiceInvalid');
test(badTracks, '{"stable": "a"}', 'EdgeServiceInvalid');

test('the tickets of a paused Service are checked, and hold for nobody', t => {
  const read = reading({
    ...TCP,
    'sluice.dev/paused': 'true',
    'sluice.dev/tickets': '[{"percent": 5}, {"percent": 101}]',
  });
  t.deepEqual(read?.tickets, []);
  t.deepEqual(
    read?.problems.map(({ code, field }) => `${code} ${field}`),
    ['TicketInvalid metadata.annotations[sluice.dev/tickets][1].percent'],
  );
});

test('a Service is unharmed by what it says of other members of an object', t => {
  const read = reading({ ...TCP, 'sluice.dev/tickets': '{"__proto__": 1, "percent": 5}' });
  t.deepEqual(
    read?.problems.map(({ code }) => code),
    ['TicketInvalid'],
  );
});
