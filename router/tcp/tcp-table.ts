import type { RouteAction, TcpPlan } from '../../src/core/route-plan.ts';
import type { RequestFacts } from '../../src/core/ticket/request-facts.ts';
import { type CompiledAction, decideAction } from '../routing/compiled-route.ts';
import type { Decision } from '../routing/decision.ts';

/** One TCP port of the plan, compiled. */
export type TcpPort = {
  readonly plan: TcpPlan;
  /** What `decide` goes by, for those who explain it. */
  readonly action: CompiledAction;
  /** As a route decides: of the answer that it may be, a connection is only told that there is none. */
  decide(facts: RequestFacts): Decision;
};

/** Where connections of a TCP port go; undefined: no Service has it. */
export interface TcpRouting {
  at(port: number): TcpPort | undefined;
}

/** Before there is a plan, and where there never is one. */
export const NO_TCP: TcpRouting = { at: () => undefined };

/** A TCP port is a route that asks for no host and no path: so one function decides, tickets and empty tracks alike. */
const actionOf = ({ source, pools, tickets, onEmptyEdge, ownHost }: TcpPlan): RouteAction => ({
  kind: 'forward',
  source: { namespace: source.namespace, ingress: source.service, field: source.field },
  service: source.service,
  pools,
  tickets,
  paused: false,
  onEmptyEdge,
  ownHost,
  rewriteTarget: null,
  balance: { kind: 'p2c' },
  affinity: null,
});

/** The TCP ports of one worker: swapped whole, since they are few; a connection asks once, and holds nothing of it. */
export class TcpTable implements TcpRouting {
  readonly #compile: (action: RouteAction) => CompiledAction;
  #ports: ReadonlyMap<number, TcpPort> = new Map();

  constructor(compile: (action: RouteAction) => CompiledAction) {
    this.#compile = compile;
  }

  replace(plans: readonly TcpPlan[]): void {
    this.#ports = new Map(
      plans.map(plan => {
        const action = this.#compile(actionOf(plan));
        return [plan.port, { plan, action, decide: facts => decideAction(action, facts) }];
      }),
    );
  }

  at(port: number): TcpPort | undefined {
    return this.#ports.get(port);
  }
}
