import type { Kind, Named } from '../kind.ts';

/** Which objects a URL means. */
export type ResourceScope = {
  /** Absent or empty: all namespaces, or a kind of cluster scope. */
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
};

/** `/apis/networking.k8s.io/v1/namespaces/shop/ingresses/web`; nothing that a name holds can leave its segment. */
export const resourcePath = (
  kind: Pick<Kind<Named>, 'plural' | 'scope'>,
  apiVersion: string,
  { namespace, name, subresource }: ResourceScope,
): string => {
  const segments = [apiVersion.includes('/') ? 'apis' : 'api', ...apiVersion.split('/')];
  if (kind.scope === 'namespaced' && namespace) segments.push('namespaces', namespace);
  segments.push(kind.plural);
  if (name !== undefined) segments.push(name);
  if (subresource !== undefined) segments.push(subresource);
  return `/${segments.map(encodeURIComponent).join('/')}`;
};

/** `?limit=500&…`, what is undefined left out. */
export const queryText = (parameters: Readonly<Record<string, string | undefined>>): string => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, value);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
};
