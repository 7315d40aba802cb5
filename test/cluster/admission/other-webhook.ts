import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';
import { type Manifest, ruleOf } from '../../helpers/admission.ts';
import { answered } from '../control-plane/answered.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';

type Review = {
  readonly request: {
    readonly uid: string;
    readonly object: { readonly spec: { readonly rules: readonly Manifest[] } };
  };
};

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';

/** The patch of somebody's policy: every Ingress has this rule too. It knows nothing of keys. */
const patchFor = ({ spec }: Review['request']['object'], host: string): readonly Manifest[] =>
  JSON.stringify(spec.rules).includes('/policy')
    ? []
    : [{ op: 'add', path: '/spec/rules/-', value: ruleOf(host, { path: '/policy' }) }];

/**
 * A mutating webhook of somebody else, called after ours (configurations are called in the order of their names) for
 * Ingresses of namespaces with the label `policy=yes`, until the test ends.
 */
export const startOtherWebhook = async (
  t: ExecutionContext,
  plane: ControlPlane,
  host: string,
): Promise<void> => {
  const { key, certificate } = plane.authority.issue(['127.0.0.1']);
  const server = createServer({ key, cert: certificate }, (request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      const { uid, object } = (JSON.parse(text) as Review).request;
      const patch = Buffer.from(JSON.stringify(patchFor(object, host))).toString('base64');
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          apiVersion: 'admission.k8s.io/v1',
          kind: 'AdmissionReview',
          response: { uid, allowed: true, patchType: 'JSONPatch', patch },
        }),
      );
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const name = 'zz-policy';
  await answered(plane, {
    method: 'POST',
    path: CONFIGURATIONS,
    body: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name },
      webhooks: [
        {
          name: 'policy.example.com',
          admissionReviewVersions: ['v1'],
          clientConfig: {
            url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
            caBundle: Buffer.from(plane.authority.certificate).toString('base64'),
          },
          failurePolicy: 'Fail',
          namespaceSelector: { matchLabels: { policy: 'yes' } },
          rules: [
            {
              apiGroups: ['networking.k8s.io'],
              apiVersions: ['v1'],
              operations: ['CREATE', 'UPDATE'],
              resources: ['ingresses'],
            },
          ],
          sideEffects: 'None',
        },
      ],
    },
  });
  t.teardown(async () => {
    await plane.request({ method: 'DELETE', path: `${CONFIGURATIONS}/${name}` });
    server.close();
    server.closeAllConnections();
  });
};
