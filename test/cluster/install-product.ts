import type { ControlPlane } from './control-plane/control-plane.ts';

/**
 * Installs Sluice: applies `webhook-config/`, starts the roles on this machine under the tokens of their ServiceAccounts
 * (`serviceAccountKubeconfig`), and points the webhook configurations at the webhook (`pointWebhooksAt`). Returns what a
 * person should know, line by line. The roles end with this process, as the servers of the plane do (`startServer`).
 */
export const installProduct = async (_plane: ControlPlane): Promise<readonly string[]> => [
  'Sluice is not in it yet: there are no roles and no manifests to install.',
];
