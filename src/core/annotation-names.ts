/** What a person writes on an Ingress (DESIGN 4). */
export const TICKETS = 'sluice.dev/tickets';
export const ALIASES = 'sluice.dev/aliases';
export const EDGE_SERVICES = 'sluice.dev/edge-services';
export const ON_EMPTY_EDGE = 'sluice.dev/on-empty-edge';
export const PAUSED = 'sluice.dev/paused';
export const REWRITE = 'sluice.dev/rewrite';
export const REQUEST_HEADERS = 'sluice.dev/request-headers';
export const RESPONSE_HEADERS = 'sluice.dev/response-headers';
export const BACKEND_CA = 'sluice.dev/backend-ca';
export const HSTS = 'sluice.dev/hsts';
export const SERVER_ALIAS = 'nginx.ingress.kubernetes.io/server-alias';

/** On a Service that is served on TCP ports of the router. */
export const SERVICE_CLASS = 'sluice.dev/class';
export const TCP = 'sluice.dev/tcp';
export const TCP_CONNECT_TIMEOUT = 'sluice.dev/tcp-connect-timeout';
export const TCP_IDLE_TIMEOUT = 'sluice.dev/tcp-idle-timeout';
export const TCP_ACCEPT_PROXY = 'sluice.dev/tcp-accept-proxy';
export const TCP_SEND_PROXY = 'sluice.dev/tcp-send-proxy';

/** On a Namespace: the hosts that its Ingresses may use. */
export const ALLOWED_HOSTS = 'sluice.dev/allowed-hosts';

/** Written by the webhook: who wrote which section, and why. */
export const APPLIED = 'sluice.dev/applied';

/** ingress-nginx' prefix; what we read of it is listed in docs/annotations.md. */
export const NGINX_PREFIX = 'nginx.ingress.kubernetes.io/';

/** Class of an Ingress before `spec.ingressClassName`. */
export const CLASS = 'kubernetes.io/ingress.class';

/** external-dns' prefixes: the one since v0.22 and the one before it. */
export const EXTERNAL_DNS_PREFIXES = [
  'external-dns.kubernetes.io/',
  'external-dns.alpha.kubernetes.io/',
] as const;
export const DNS_HOSTNAME = 'hostname';
export const DNS_SOURCE = 'ingress-hostname-source';

/** How a problem names an annotation. */
export const annotationField = (name: string): string => `metadata.annotations[${name}]`;
