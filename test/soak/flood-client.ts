// One flood of HTTP/2 for a while, one connection after the other as each is ended. `node flood-client.ts PORT NAME SECONDS`
import { endCode, expectedCode, FLOODS, floodOnce } from '../helpers/h2-floods.ts';

export type FloodResult = {
  readonly connections: number;
  /** Connections that did not end with the GOAWAY that the flood has to be ended with. */
  readonly unexpected: number;
};

const [port, name = '', seconds] = process.argv.slice(2);
const flood = FLOODS[name];
if (flood === undefined) throw new Error(`there is no flood ${JSON.stringify(name)}`);

const endMs = performance.now() + Number(seconds) * 1_000;
let connections = 0;
let unexpected = 0;
while (performance.now() < endMs) {
  const said = await floodOnce(Number(port), flood);
  connections += 1;
  if (endCode(said) !== expectedCode(flood)) unexpected += 1;
}
console.log(JSON.stringify({ connections, unexpected } satisfies FloodResult));
