// `node serve.ts COUNT`: the webhook's port with an index of so many Ingresses, until its parent ends it.
import { randomBytes } from 'node:crypto';
import { argv } from 'node:process';
import { newAuthority } from '../../certs/authority.ts';
import { issueServing } from '../../certs/issue.ts';
import { newKeyPair } from '../../certs/key-pair.ts';
import { startWebhookServer } from '../../src/admission/server/webhook-server.ts';
import { systemClock } from '../../src/kube/clock.ts';
import { CHANGES_PER_SECOND, type Serving, WEBHOOK_NAME } from './serving.ts';
import { indexOf, OPTIONS, storedIngressChange, TESTERS } from './world.ts';

const HOUR_MS = 3_600_000;

const count = Number(argv[2]);
const mint = { nowMs: Date.now, newKeyPair, randomBytes };
const authority = newAuthority(mint, HOUR_MS);
const { certificate, key } = issueServing(authority, { names: [WEBHOOK_NAME], lifetimeMs: HOUR_MS }, mint);

const view = indexOf(count);
const { port } = await startWebhookServer({
  host: '127.0.0.1',
  port: 0,
  secure: server => server.setSecureContext({ cert: certificate, key }),
  context: () => ({ options: OPTIONS, view, excludedNamespaces: ['sluice-system', 'kube-system'] }),
  notReady: () => [],
  observe: event => {
    if (event.kind === 'bug') throw event.error;
  },
  clock: systemClock,
});

// What is stored comes back by the watch, and changes the index between two reviews.
const changes = Array.from({ length: Math.min(count, 2 * CHANGES_PER_SECOND) }, (_, nth) =>
  storedIngressChange(nth, nth % 2 === 0 ? TESTERS : '{percent: 5}'),
);
let changed = 0;
setInterval(() => {
  const change = changes[changed++ % changes.length];
  if (change !== undefined) view.apply({ ingresses: [change] });
}, 1000 / CHANGES_PER_SECOND);

process.on('disconnect', () => process.exit());
process.send?.({ port, ca: authority.certificate } satisfies Serving);
