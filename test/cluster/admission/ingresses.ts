import { isRecord } from '../../../src/core/canonical-json.ts';
import type { Manifest } from '../../helpers/admission.ts';
import type { ApiAnswer } from '../control-plane/api-client.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';

export const ingressesPath = (namespace: string): string =>
  `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`;

export const createIngress = (
  plane: ControlPlane,
  namespace: string,
  body: Manifest,
  query = '',
): Promise<ApiAnswer> => plane.request({ method: 'POST', path: `${ingressesPath(namespace)}${query}`, body });

export const patchIngress = (
  plane: ControlPlane,
  { namespace, name, subresource = '' }: { namespace: string; name: string; subresource?: string },
  body: Manifest,
): Promise<ApiAnswer> =>
  plane.request({
    method: 'PATCH',
    path: `${ingressesPath(namespace)}/${name}${subresource}`,
    contentType: 'application/merge-patch+json',
    body,
  });

export const metadataOf = (object: unknown): Manifest =>
  isRecord(object) && isRecord(object.metadata) ? object.metadata : {};
