import test from 'ava';
import { PlannedPorts } from '../../../router/workers/planned-ports.ts';

/** Ports of a machine on which some are taken. */
class Machine {
  readonly taken = new Set<number>();
  readonly closed: number[] = [];
  readonly logged: string[] = [];
  binds = 0;
  readonly ports = new PlannedPorts({
    bind: port => {
      if (this.taken.has(port)) throw Object.assign(new Error('taken'), { code: 'EADDRINUSE' });
      this.binds += 1;
      this.taken.add(port);
      return {
        port,
        native: null,
        close: () => {
          this.taken.delete(port);
          this.closed.push(port);
        },
      };
    },
    log: message => this.logged.push(message),
  });

  get listened(): readonly number[] {
    return this.ports.listeners.map(({ handle }) => handle.port);
  }
}

test('a port is held until no worker listens on it any more, and can be had again meanwhile', t => {
  const machine = new Machine();
  t.true(machine.ports.want([1, 2], 1));
  t.false(machine.ports.want([1, 2], 2), 'nothing has changed');
  t.true(machine.ports.want([2], 2));
  t.deepEqual(machine.listened, [2]);
  machine.ports.carriedOut(1);
  t.deepEqual(machine.closed, []);
  t.true(machine.ports.want([1, 2], 3));
  t.is(machine.binds, 2, 'it is the socket that was there');
  t.true(machine.ports.want([2], 4));
  machine.ports.carriedOut(4);
  t.deepEqual(machine.closed, [1]);
  machine.ports.close();
  t.deepEqual(machine.closed, [1, 2]);
  t.deepEqual(machine.logged, []);
});

test('what is somebody else’s is said once, tried again, and said once more when it can be had', t => {
  const machine = new Machine();
  machine.taken.add(7);
  t.true(machine.ports.want([7, 8], 1));
  t.deepEqual([machine.listened, machine.ports.unavailable], [[8], [7]]);
  t.false(machine.ports.bindMissing());
  t.is(machine.logged.length, 1);
  machine.taken.delete(7);
  t.true(machine.ports.bindMissing());
  t.deepEqual(machine.listened, [8, 7]);
  t.deepEqual(machine.ports.unavailable, []);
  t.deepEqual(machine.logged, [
    'TCP port 7 is in use; it is not served, and tried again',
    'TCP port 7 can be had by now and is served',
  ]);
});

test('what nobody wants any more is not tried again', t => {
  const machine = new Machine();
  machine.taken.add(7);
  machine.ports.want([7], 1);
  machine.ports.want([], 2);
  machine.taken.delete(7);
  t.false(machine.ports.bindMissing());
  t.deepEqual(machine.ports.unavailable, []);
});

test('a port that a worker cannot listen on though it is bound is given back and tried again', t => {
  const machine = new Machine();
  machine.ports.want([7], 1);
  machine.ports.refuse(7, 'EADDRINUSE', 2);
  t.deepEqual([machine.listened, machine.ports.unavailable], [[], [7]]);
  machine.ports.carriedOut(2);
  t.deepEqual(machine.closed, [7]);
  t.true(machine.ports.bindMissing());
  t.deepEqual(machine.listened, [7]);
});
