import { CLAIMS_LABEL, CLAIMS_LABEL_VALUE } from '../../../src/core/claim-records.ts';
import { CONTROLLER_NAME } from '../../../src/core/ingress-scope.ts';
import { DEFAULT_ANNOTATION } from '../../../src/core/service-config.ts';
import { NO_TCP_PORTS } from '../../../src/core/tcp-ports.ts';
import { Translator } from '../../../src/core/translation/translator.ts';
import { systemClock } from '../../../src/kube/clock.ts';
import { ClusterSource, ROUTER_KINDS, type RouterKinds } from '../../../src/kube/cluster-source.ts';
import { connect } from '../../../src/kube/connection/connection.ts';
import { NamedSecrets } from '../../../src/kube/named-secrets.ts';
import { watchKinds } from '../../../src/kube/watch-kinds.ts';

export type FollowedPlan = {
  readonly translator: Translator;
  stop(): Promise<void>;
};

/** The plan of a router that follows the cluster under the rights of a kubeconfig; what it does with it is its own. */
export const followPlan = async (kubeconfig: string, namespace: string): Promise<FollowedPlan> => {
  const connection = await connect({ kubeconfig, env: {} }, systemClock);
  const shared = { connection, clock: systemClock, random: Math.random };
  const reading = {
    controllerName: CONTROLLER_NAME,
    classes: [{ name: 'sluice', entry: '' }],
    everyClass: false,
    annotation: DEFAULT_ANNOTATION,
  };
  const translator = new Translator({
    ...reading,
    hostOwnership: 'claims',
    catchAllNamespaces: [],
    endpoints: { allowLoopback: false, requirePodTargetRef: true },
    impliedEdgeServices: false,
    secrets: 'granted',
    ...NO_TCP_PORTS,
  });
  const watched = watchKinds<RouterKinds>(ROUTER_KINDS, {
    ...shared,
    selections: { claims: { namespace, labelSelector: `${CLAIMS_LABEL}=${CLAIMS_LABEL_VALUE}` } },
  });
  const secrets = new NamedSecrets(shared);
  const source: ClusterSource = new ClusterSource(watched, {
    clock: systemClock,
    reading,
    secrets,
    defaultSecret: null,
    onChange: () => void translator.apply(source.takeChanges()),
  });
  watched.start();
  return {
    translator,
    stop: async () => {
      source.stop();
      await Promise.all([watched.stop(), secrets.stop()]);
      connection.transport.close();
    },
  };
};
